import Estimate
import Runtime

/// What became of the network in a run. Printed by `nnc inspect --format json`: keys are added, never renamed.
public struct RunInspection: Codable, Sendable, Hashable {
    public struct Layer: Codable, Sendable, Hashable {
        public var name: String
        public var type: String
        /// Nil for a layer without units of its own.
        public var unitsBefore: Int?
        public var unitsAfter: Int?
        /// Nil where the run did not live to say.
        public var parametersBefore: Int?
        public var parametersAfter: Int?
    }

    /// One change of one layer.
    public struct Change: Codable, Sendable, Hashable {
        public var layer: String
        /// The layer in whose pre-training it was, and by whose epochs and steps it is dated; nil in the run itself.
        public var pretraining: String?
        public var epoch: Int
        /// Steps done before it.
        public var step: Int
        public var unitsBefore: Int?
        public var unitsAfter: Int
        /// The units that went, as the untrained network numbers them; nil in runs from before this was noted.
        public var left: [Int]?
        /// Those that came back.
        public var returned: [Int]?
    }

    public struct Parameters: Codable, Sendable, Hashable {
        public var before: Int
        public var after: Int?
        /// Before by after.
        public var ratio: Double?
    }

    /// Of training, all slots together.
    public struct Multiplications: Codable, Sendable, Hashable {
        public var dense: Int
        public var predicted: Int
        public var counted: Int?
        /// Counted by dense.
        public var share: Double?
    }

    public var name: String
    public var status: RunRecord.Status
    public var error: String?
    public var epochs: Int
    public var steps: Int
    /// Of training proper.
    public var seconds: Double
    public var layers: [Layer]
    public var changes: [Change]
    public var parameters: Parameters
    /// Nil where the run did not come to its end.
    public var multiplications: Multiplications?
    /// By split and measure.
    public var metrics: [String: [String: Double]]
    /// Of the last epoch, by layer that computes some of its units only; nil where none does.
    public var activity: [String: LayerActivity]?
}

extension RunInspection {
    /// Reads a run directory. What a killed or an older run does not have is left out.
    public init(_ directory: RunDirectory) throws {
        let record = try directory.readRecord()
        let lines = directory.metricsLines
        // Only training proper has measures at the end of an epoch.
        let ends = lines.filter { $0.seconds != nil && $0.train != nil }
        // The record of a run that was killed is the one from its start.
        let isOver = record.status != .running

        var layers = Self.layers(record, directory)
        var changes: [Change] = []
        for line in lines {
            let units = line.units ?? [:]
            // In the order of the network; a layer that is not known comes last.
            let known = layers.map(\.name)
            let names = known.filter { units[$0] != nil } + units.keys.filter { !known.contains($0) }.sorted()
            for name in names {
                guard let after = units[name] else { continue }
                let index = layers.firstIndex { $0.name == name }
                changes.append(Change(
                    layer: name, pretraining: line.pretrain?.layer, epoch: line.epoch, step: line.step, unitsBefore: index.flatMap { layers[$0].unitsAfter }, unitsAfter: after,
                    left: line.left?[name], returned: line.returned?[name]))
                if let index { layers[index].unitsAfter = after }
            }
        }
        if let ended = record.layers, isOver {
            for (index, layer) in ended.enumerated() {
                layers[index].unitsAfter = layer.unitsAfter
                layers[index].parametersAfter = layer.parametersAfter
            }
        } else if changes.isEmpty {
            for index in layers.indices { layers[index].parametersAfter = layers[index].parametersBefore }
        }
        self.layers = layers
        self.changes = changes

        name = record.model.name
        status = record.status
        error = record.error
        epochs = isOver ? record.epochs.count : ends.count
        steps = isOver ? record.steps : lines.last { $0.train != nil || $0.validation != nil || ($0.units != nil && $0.pretrain == nil) }?.step ?? 0
        seconds = isOver ? record.epochs.reduce(0) { $0 + $1.seconds } : ends.reduce(0) { $0 + ($1.seconds ?? 0) }
        let after = isOver || changes.isEmpty ? record.parameters.after : nil
        parameters = Parameters(
            before: record.parameters.before, after: after,
            ratio: after.flatMap { $0 > 0 ? Double(record.parameters.before) / Double($0) : nil })
        multiplications = record.work.map { Multiplications($0) }
        metrics = record.metrics
        activity = record.activity ?? ends.last?.activity
        if !isOver, let last = ends.last {
            for (split, values) in [("train", last.train), ("validation", last.validation), ("test", last.test)] { metrics[split] = values }
        }
    }

    /// As the run began: from its record, else from its model file.
    private static func layers(_ record: RunRecord, _ directory: RunDirectory) -> [Layer] {
        if let layers = record.layers {
            return layers.map {
                Layer(name: $0.name, type: $0.type, unitsBefore: $0.unitsBefore, unitsAfter: $0.unitsBefore, parametersBefore: $0.parametersBefore)
            }
        }
        let model = checkModel(directory.resolvedPath).model
        let parameters = Dictionary((record.work?.layers ?? []).map { ($0.name, $0.parameters) }) { $1 }
        return (model?.layers ?? []).map { layer in
            Layer(
                name: layer.name.value, type: layer.type.value, unitsBefore: layer.kind.units, unitsAfter: layer.kind.units,
                parametersBefore: parameters[layer.name.value])
        }
    }
}

extension RunInspection.Multiplications {
    init(_ work: WorkRecord) {
        dense = work.multiplications(\.dense)
        predicted = work.multiplications(\.predicted)
        let all = work.multiplications { $0.counted ?? 0 }
        counted = all
        share = dense > 0 ? Double(all) / Double(dense) : nil
    }
}
