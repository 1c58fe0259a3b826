import Graph
import Kernels
import Ops

extension LayerForward {
    /// So many units at least are computed: as many as an example may have labels, or a batch among them.
    ///
    /// The lists of a batch vary: room is for their mean and six deviations more, taking them to vary as much as they are long. Of a batch that has
    /// yet more labels, some are left out in that step.
    public func mostLabels(_ per: TensorType.Granularity) -> Int {
        guard let labels else { return 0 }
        let longest = graph[labels].type.count
        guard per == .batch else { return min(units, longest) }
        let likely = labelsPerExample * (Double(batch) + 6 * Double(batch).squareRoot())
        return min(units, Count.product(batch, longest), Int(min(likely, 1e9).rounded(.up)))
    }

    /// Of a network's outputs, `count` that take part in a step of training: the labels, those that are found, and a sample of the rest, whose
    /// numbers are corrected for how they came to be there.
    ///
    /// - Parameter found: a full index set or a list for each example; nil for none
    public mutating func candidates(
        _ count: Int, per: TensorType.Granularity, by distribution: CandidateSampling.Distribution, found: ValueID? = nil
    ) throws(TypeError) -> ValueID? {
        guard let labels else { return nil }
        let sampling = CandidateSampling(units: units, kept: count, distribution: distribution)
        var operands = [labels] + (found.map { [$0] } ?? [])
        if distribution == .popularity {
            operands.append(state("label_counts", TensorType(.int32, batched: false, [units]), .constant(0), [.units]))
            operands.append(state("last_labels", TensorType(.int32, batched: false, [2 + CandidateSampling.remembered]), .constant(0), [.fixed]))
        }
        let sample = SampleCandidates(sampling, per: per, hasFound: found != nil, stream: layer)
        let names = ["candidates", "corrections"].map { prefix + $0 } + operands.suffix(distribution == .popularity ? 2 : 0).map { graph[$0].name }
        let made = try graph.add(sample, operands, layer: layer, slot: .overhead, names: names)
        corrections = made[1]
        return made[0]
    }
}
