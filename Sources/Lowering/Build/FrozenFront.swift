import Graph
import Model

/// The layers at the beginning of a network that training does not change, where the output of one of them is all that the rest reads.
///
/// What it puts out for an example is the same in every epoch.
public struct FrozenFront: Sendable, Hashable {
    /// In `ModelFile.layers`, ascending. The last one is the one that the rest reads.
    public let layers: [Int]
    public var output: Int { layers[layers.count - 1] }
}

extension ModelFile {
    /// As many layers as can be in it; nil where there is none. One of them has weights: what only rearranges the input is not worth keeping.
    public var frozenFront: FrozenFront? {
        // Pre-training runs whole networks.
        guard train.pretrain == nil else { return nil }
        var isStill: [Bool] = []
        for layer in layers {
            isStill.append(layer.isStill && layer.inputs.allSatisfy { input in if case .layer(let index) = input.value { isStill[index] } else { true } })
        }
        // The output is no part of it: something must be left to train.
        for output in layers.indices.dropLast().reversed() where isStill[output] {
            var below: Set<Int> = [], open = [output]
            while let layer = open.popLast() {
                guard below.insert(layer).inserted else { continue }
                for input in layers[layer].inputs { if case .layer(let index) = input.value { open.append(index) } }
            }
            let isAll = layers.indices.allSatisfy { layer in
                below.contains(layer) || layers[layer].inputs.allSatisfy { input in
                    guard case .layer(let index) = input.value else { return false }
                    return index == output || !below.contains(index)
                }
            }
            guard isAll else { continue }
            return below.contains { layers[$0].kind.hasWeights } ? FrozenFront(layers: below.sorted()) : nil
        }
        return nil
    }
}

extension LayerSpec {
    /// Whether it computes the same in every step and in evaluation.
    fileprivate var isStill: Bool {
        guard !policies.contains(where: { $0.slot != .backward }) else { return false }
        return switch kind {
        case .dense, .conv2d, .batchNormalization: !trainable
        case .dropout(let rate): rate == 0
        case .maxPooling2d, .averagePooling2d, .flatten, .activation, .add, .concatenate: true
        }
    }
}

extension LayerKind {
    fileprivate var hasWeights: Bool {
        switch self {
        case .dense, .conv2d, .batchNormalization: true
        default: false
        }
    }
}

extension Graph {
    /// What is left to do where the front's output is known: it becomes the input.
    mutating func dropFront(_ front: FrozenFront) {
        guard let output = layers[front.output].value else { return }
        let gone = Set(front.layers)
        nodes.removeAll { $0.layer.map(gone.contains) ?? false }
        // Values keep their numbers; those that nobody makes or reads any more have no place.
        for index in values.indices {
            switch values[index].role {
            case .input, .inputPlaces: values[index].role = .activation
            default: if let layer = values[index].layer, gone.contains(layer) { values[index].role = .activation }
            }
        }
        self[output].role = .input
    }

    /// The front alone, with its output as the result.
    mutating func keepFront(_ front: FrozenFront) {
        guard let output = layers[front.output].value else { return }
        let kept = Set(front.layers)
        nodes.removeAll { !($0.layer.map(kept.contains) ?? false) }
        for index in values.indices {
            let isKept = values[index].layer.map(kept.contains) ?? false
            if !isKept, values[index].role.isPersistent || values[index].role == .target { values[index].role = .activation }
        }
        results = [("output", output)]
    }
}
