import Estimate
import Graph
import Kernels
import Lowering
import Ops
import Runtime

/// What a layer that computes some of its units only did in an epoch.
public struct LayerActivity: Codable, Sendable, Hashable {
    /// How full the buckets of hash tables are.
    public struct Buckets: Codable, Sendable, Hashable {
        /// Units in a bucket, on average and in the fullest.
        public var mean: Double
        public var largest: Int
        /// Of the buckets.
        public var shareEmpty: Double
        /// Of the units' places: those that found their bucket full.
        public var shareDropped: Double
    }

    public var units: Int
    /// Units that are computed, of each example or for the batch.
    public var active: Int
    public var shareActive: Double
    /// Units that no example has chosen in the epoch.
    public var neverSelected: Int
    /// The share of an example's largest units that were chosen, over a sample; nil where none was taken.
    public var recall: Double?
    /// Of hash tables.
    public var buckets: Buckets?

    var text: String {
        var parts = ["\(Readable.grouped(active)) of \(Readable.grouped(units)) units (\(Readable.decimal(100 * shareActive, digits: 1)) %)"]
        if let recall { parts.append("recall of the largest \(Readable.decimal(100 * recall, digits: 1)) %") }
        parts.append("\(Readable.grouped(neverSelected)) never chosen")
        if let buckets {
            parts.append(
                "buckets hold \(Readable.decimal(buckets.mean, digits: 1)) (at most \(Readable.grouped(buckets.largest))), \(Readable.decimal(100 * buckets.shareEmpty, digits: 1)) % empty, \(Readable.decimal(100 * buckets.shareDropped, digits: 1)) % of the units dropped")
        }
        return parts.joined(separator: ", ")
    }
}

/// Collects at each epoch's end what the policies for `forward` did in it; the first of the observers, so that the others find it.
final class ActivityLog: TrainingObserver {
    private let interpreter: Interpreter
    /// Of the last epoch, from the lowest layer up.
    private(set) var layers: [(name: String, activity: LayerActivity)] = []

    init(_ interpreter: Interpreter) { self.interpreter = interpreter }

    var byLayer: [String: LayerActivity]? { layers.isEmpty ? nil : Dictionary(layers) { $1 } }

    func finishedEpoch(_ report: EpochReport) {
        layers = []
        let graph = interpreter.schedule.phases[interpreter.phase].train.graph
        let nodes = graph.nodes.filter { $0.operation is CountSelections }
        guard !nodes.isEmpty else { return }
        let values = Dictionary(interpreter.persistentValues.map { ($0.name, $0.numbers) }) { $1 }
        for node in nodes {
            guard let layer = node.layer.map({ graph.layers[$0] }), let selections = values["\(layer.name).\(LayerForward.selections)"] else { continue }
            let chosen = graph[node.inputs[0]].type, active = chosen.batched ? chosen.shape[0] : chosen.shape[0] - 1
            var activity = LayerActivity(
                units: selections.count, active: active, shareActive: Double(active) / Double(max(1, selections.count)),
                neverSelected: (0..<selections.count).count { selections[$0] == 0 })
            if let recall = values["\(layer.name).\(LayerForward.recall)"], recall[1] > 0 { activity.recall = Double(recall[0] / recall[1]) }
            if let counts = values["\(layer.name).\(HashState.counts)"] {
                let occupancy = HashOccupancy(counts: (0..<counts.count).map { Int32(bitPattern: counts[$0].bitPattern) })
                activity.buckets = LayerActivity.Buckets(
                    mean: occupancy.mean, largest: occupancy.largest, shareEmpty: occupancy.shareEmpty, shareDropped: occupancy.shareDropped)
            }
            layers.append((layer.name, activity))
            // The next epoch counts for itself.
            for name in [LayerForward.selections, LayerForward.recall] { values["\(layer.name).\(name)"]?.fill(0) }
        }
    }

    func started(_ run: RunSize) {}
    func pretrained(_ step: PretrainStepReport) {}
    func finishedPretraining(_ report: PretrainEpochReport) {}
    func stepped(_ step: StepReport) {}
    func evaluated(_ report: EvaluationReport) {}
    func reshaped(_ report: ReshapeReport) {}
    func save(_ occasion: SaveOccasion, epoch: Int, step: Int) {}
}
