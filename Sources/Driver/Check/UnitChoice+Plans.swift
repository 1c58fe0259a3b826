import Estimate
import Graph
import Kernels
import Ops

extension PreparedModel {
    /// The layers that compute some of their units only, from the lowest up, with what that saves and costs. Empty where the data are not known.
    var unitChoices: [UnitChoice] {
        let own = estimate, dense = denseEstimate, length = own.length
        guard own.isLengthKnown, let last = schedule.phases.last?.train.graph else { return [] }
        return last.nodes.filter { $0.operation is CountSelections }.compactMap { node in
            guard let layer = node.layer, let units = node.inputs.last.map({ last[$0].type.shape[0] }) else { return nil }
            let chosen = last[node.inputs[0]].type
            var choice = UnitChoice(
                layer: last.layers[layer].name, function: "", units: units, active: chosen.batched ? chosen.shape[0] : chosen.shape[0] - 1)
            choice.noteFunction(last.nodes.filter { $0.layer == layer }.map(\.operation))
            for phase in schedule.phases.indices {
                let graph = schedule.phases[phase].train.graph
                let loss = graph.nodes.firstIndex { node in node.outputs.contains { $0 == graph.result("loss") } } ?? 0
                for (index, node) in graph.nodes.enumerated() where node.layer == layer && node.slot == .overhead {
                    let work = schedule.runWork(phase: phase, node: index, length: length)
                    switch node.operation {
                    case is CountSelections, is SampleRecall: choice.watching += work
                    case is any Scheduled: choice.refreshing += work
                    default: if index > loss { choice.refreshing += work } else { choice.choosing += work }
                    }
                }
            }
            let done = own.layers[layer].run, all = dense.layers[layer].run.total
            let useful = Slot.allCases.filter { $0 != .overhead }.reduce(Work()) { $0 + done[$1] }
            choice.saved = all.less(useful)
            return choice
        }
    }
}

extension UnitChoice {
    private static let angles = [30, 45, 60, 75, 90]

    /// Says by what the operations of a layer choose.
    fileprivate mutating func noteFunction(_ operations: [any Operation]) {
        let sample = operations.lazy.compactMap { $0 as? SampleCandidates }.first
        if let sample, !sample.hasFound {
            function = "sample, \(sample.sampling.distribution.rawValue)"
            return
        }
        if let query = operations.lazy.compactMap({ $0 as? QueryTables }).first {
            let scheme = query.scheme
            let probes = scheme.probes > 0 ? ", \(scheme.probes) more \(scheme.probes == 1 ? "bucket" : "buckets") of each" : ""
            function = "\(scheme.function.name), \(scheme.tables) \(scheme.tables == 1 ? "table" : "tables") of \(scheme.hashes) \(scheme.hashes == 1 ? "code" : "codes")\(probes)"
            foundByChance = scheme.foundByChance
            if scheme.function == .simhash {
                retrieved = Self.angles.map { Retrieved(angle: $0, share: scheme.retrievalProbability(angle: Double($0) * .pi / 180)) }
            }
        } else if operations.contains(where: { $0 is RefreshSketch }) {
            function = "sketch"
        } else if case .random? = operations.lazy.compactMap({ ($0 as? SelectUnits)?.ranking }).first {
            function = "random"
        } else {
            function = "exact"
        }
        if sample != nil { function += ", and a sample" }
    }
}

extension Work {
    /// Counts alone, none below zero.
    fileprivate func less(_ other: Work) -> Work {
        Work(
            gemm: max(0, allMultiplications - other.allMultiplications), additions: max(0, additions - other.additions),
            comparisons: max(0, comparisons - other.comparisons))
    }
}
