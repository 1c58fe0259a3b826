import Graph
import Kernels
import Ops

extension LayerForward {
    /// The most labels that a batch, or an example, may have among them: so many units at least are computed.
    public func mostLabels(_ per: TensorType.Granularity) -> Int {
        guard let labels else { return 0 }
        return min(units, Count.product(per == .batch ? batch : 1, graph[labels].type.count))
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
