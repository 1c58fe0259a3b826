import Graph
import Kernels

/// Batch normalization while training: each channel (the last axis) brought to mean 0 and deviation 1 over the batch,
/// then scaled and shifted. Source: Ioffe and Szegedy 2015; the moving averages as in Keras.
///
/// Inputs: x f32[N,…,channels]; gamma, beta, moving mean and moving variance f32[channels].
/// Outputs: y like x; the two moving averages in place of the old; the batch's mean and 1 / deviation, f32[channels],
/// for the backward pass.
public struct BatchNormalization: Operation {
    /// The share of the old moving average that stays.
    public var momentum: Float
    /// Added to the variance.
    public var epsilon: Float

    public init(momentum: Float, epsilon: Float) {
        self.momentum = momentum
        self.epsilon = epsilon
    }

    public var name: String { "batch_normalization" }
    public var attributes: [(key: String, value: String)] { [("momentum", "\(momentum)"), ("epsilon", "\(epsilon)")] }
    public var overwrites: [Int?] { [nil, 3, 4, nil, nil] }
    public var mayReuse: [Int?] { [0, nil, nil, nil, nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input", "gamma", "beta", "moving mean", "moving variance"], of: name)
        let channel = try inputs.perChannel([1, 2, 3, 4], of: "a batch_normalization layer")
        return [inputs[0], channel, channel, channel, channel]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let rows = Rows(o.inputs[0], batch: o.batch)
        // Per number: a difference, its square and their two sums; then a scale and a shift. Per channel: mean and
        // variance from the sums, the latter's root and reciprocal, two moving averages, scale and shift.
        let perNumber = Work(multiplications: 2, additions: 4) * rows.elements
        let perChannel = Work(multiplications: 10, additions: 6, transcendentals: 1, comparisons: 1) * rows.columns
        return SlotWork(o.slot, perNumber + perChannel + Work(streamed: o.streamed))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int {
        let rows = Rows(o.inputs[0], batch: o.batch)
        return batchNormScratch(rows: rows.count, channels: rows.columns)
    }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {
        guard let dy = g.cotangent(ofOutput: 0) else { return }
        let gradients = try g.add(
            BatchNormalizationGradient(), [g.input(0), dy, g.input(1), g.output(3), g.output(4)], slot: .backwardInput)
        for index in 0...2 where g.needsGradient(ofInput: index) { try g.contribute(gradients[index], toInput: index) }
    }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let rows = Rows(c.inputTypes[0], batch: c.batch)
        batchNormForward(
            c.input(0), c.input(1), c.input(2), c.output(1), c.output(2), c.output(0), c.output(3), c.output(4), rows: rows.count,
            channels: rows.columns, momentum: momentum, epsilon: epsilon, c.scratch, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let rows = Rows(c.inputs[0].type, batch: c.batch)
        let x = c.inputs[0].values
        let share = S(1 / Double(rows.count))
        let kept = S(Double(momentum)), fresh = S(Double(1 - momentum))
        for channel in 0..<rows.columns {
            let places = (0..<rows.count).map { $0 * rows.columns + channel }
            // Moments about the first number: close to the mean, so their difference does not cancel.
            let origin = x[channel]
            var sum = S.zero, squares = S.zero
            for i in places {
                let difference = x[i] - origin
                sum += difference
                squares += difference * difference
            }
            let offset = sum * share
            let mean = origin + offset
            let variance = S.larger(squares * share - offset * offset, .zero)
            let inverseDeviation = S(1) / S.sqrt(variance + S(Double(epsilon)))
            let scale = c.inputs[1].values[channel] * inverseDeviation
            let shift = c.inputs[2].values[channel] - mean * scale
            for i in places { c.outputs[0].values[i] = x[i] * scale + shift }
            c.outputs[1].values[channel] = c.inputs[3].values[channel] * kept + mean * fresh
            c.outputs[2].values[channel] = c.inputs[4].values[channel] * kept + variance * fresh
            c.outputs[3].values[channel] = mean
            c.outputs[4].values[channel] = inverseDeviation
        }
    }

    static let samples = [
        OperationSample(
            BatchNormalization(momentum: 0.9, epsilon: 0.001),
            [.each(4, 3, 5), .whole(5), .whole(5), .whole(5), .whole(5, values: .positive)], differentiable: [0, 1, 2]),
        OperationSample(
            BatchNormalization(momentum: 0.99, epsilon: 0.01),
            [.each(17), .whole(17), .whole(17), .whole(17), .whole(17, values: .positive)], differentiable: [0, 1, 2]),
    ]
}

extension [TensorType] {
    /// Throws unless operand 0 holds features and the others one number for each of their channels, the type returned.
    func perChannel(_ others: [Int], of operation: String) throws(TypeError) -> TensorType {
        try expectFeatures(0, of: operation)
        guard let channels = self[0].shape.last else {
            throw TypeError("\(operation) needs channels, but its input is \(self[0].text)", operand: 0)
        }
        let channel = TensorType(batched: false, [channels])
        for index in others { try expect(index, is: channel, "a parameter of \(operation)") }
        return channel
    }
}
