import Graph
import Kernels

/// The backward pass of batch normalization, through the batch's mean and variance.
///
/// Inputs: x and dy f32[N,…,channels]; gamma, the batch's mean and 1 / deviation f32[channels].
/// Outputs: dx like x; the gradients of gamma and beta, f32[channels].
public struct BatchNormalizationGradient: Operation {
    public init() {}

    public var name: String { "batch_normalization_gradient" }
    public var attributes: [(key: String, value: String)] { [] }
    public var overwrites: [Int?] { [nil, nil, nil] }
    public var mayReuse: [Int?] { [1, nil, nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input", "cotangent", "gamma", "mean", "inverse deviation"], of: name)
        let channel = try inputs.perChannel([2, 3, 4], of: name)
        try inputs.expect(1, is: inputs[0], "the cotangent")
        return [inputs[0], channel, channel]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let rows = Rows(o.inputs[0], batch: o.batch)
        var work = SlotWork()
        // The sums of dy and of dy · (x - mean), the latter times 1 / deviation.
        work.backwardWeights = Work(multiplications: 1, additions: 3) * rows.elements + Work(multiplications: 1) * rows.columns
        // dx is a sum of dy, x and 1 with a factor each, seven products and a difference per channel.
        work.backwardInput = Work(multiplications: 2, additions: 2) * rows.elements + Work(multiplications: 7, additions: 1) * rows.columns
        work.backwardInput.streamed = o.streamed
        return work
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int {
        let rows = Rows(o.inputs[0], batch: o.batch)
        return batchNormScratch(rows: rows.count, channels: rows.columns)
    }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let rows = Rows(c.inputTypes[0], batch: c.batch)
        batchNormBackward(
            c.input(0), c.input(1), c.input(2), c.input(3), c.input(4), c.output(0), c.output(1), c.output(2), rows: rows.count,
            channels: rows.columns, c.scratch, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let rows = Rows(c.inputs[0].type, batch: c.batch)
        let x = c.inputs[0].values, dy = c.inputs[1].values
        let share = S(1 / Double(rows.count))
        for channel in 0..<rows.columns {
            let places = (0..<rows.count).map { $0 * rows.columns + channel }
            let mean = c.inputs[3].values[channel], inverseDeviation = c.inputs[4].values[channel]
            var sum = S.zero, product = S.zero
            for i in places {
                sum += dy[i]
                product += dy[i] * (x[i] - mean)
            }
            let dgamma = product * inverseDeviation
            c.outputs[1].values[channel] = dgamma
            c.outputs[2].values[channel] = sum
            let scale = c.inputs[2].values[channel] * inverseDeviation
            // scale · (dy - mean of dy - (x - mean) · dgamma / deviation / rows), multiplied out.
            let slope = -(scale * inverseDeviation * dgamma * share)
            let shift = -(scale * sum * share) - slope * mean
            for i in places { c.outputs[0].values[i] = dy[i] * scale + x[i] * slope + shift }
        }
    }

    static let samples = [
        OperationSample(
            BatchNormalizationGradient(),
            [.each(4, 3, 5), .each(4, 3, 5), .whole(5), .whole(5), .whole(5, values: .positive)], slot: .backwardInput),
        OperationSample(
            BatchNormalizationGradient(), [.each(17), .each(17), .whole(17), .whole(17), .whole(17, values: .positive)],
            slot: .backwardInput),
    ]
}
