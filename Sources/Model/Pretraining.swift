import Diagnostics

/// Layer-wise training before the run: each dense layer below the output learns as a restricted Boltzmann machine, from below.
public struct PretrainSpec: Sendable {
    /// What the input of the first layer is made of; all other units are Bernoulli.
    public enum Visible: String, Sendable, CaseIterable { case bernoulli, gaussian }

    /// For each layer.
    public var epochs: Int
    /// Steps of the chain between the two halves of the gradient: the k of CD-k.
    public var chainSteps: Int
    public var learningRate: Double
    public var momentum: Double
    /// On the weights, not on the biases.
    public var weightDecay: Double
    public var batchSize: Int
    public var visible: Visible
    public var location: Location

    public init(
        epochs: Int, chainSteps: Int, learningRate: Double, momentum: Double, weightDecay: Double, batchSize: Int, visible: Visible,
        location: Location
    ) {
        self.epochs = epochs
        self.chainSteps = chainSteps
        self.learningRate = learningRate
        self.momentum = momentum
        self.weightDecay = weightDecay
        self.batchSize = batchSize
        self.visible = visible
        self.location = location
    }
}

extension [LayerSpec] {
    /// The layers that lead from the input to the last dense layer, from below, without that one. It ends early, below a layer with
    /// several inputs.
    public var chainBelowOutput: [Int] {
        guard let output = lastIndex(where: { if case .dense = $0.kind { true } else { false } }) else { return [] }
        var chain: [Int] = []
        var index = output
        while self[index].inputs.count == 1, case .layer(let below)? = self[index].inputs.first?.value {
            chain.append(below)
            index = below
        }
        return chain.reversed()
    }

    /// The layers that pre-training is for.
    public var pretrained: [Int] {
        chainBelowOutput.filter { index in
            if case .dense = self[index].kind { self[index].trainable } else { false }
        }
    }
}
