import Diagnostics
import Graph
import Model

/// An acceleration policy, as the lowering sees it. A policy is one file of the module above, which holds its keyword, its
/// fields and what it does to the graph; this module knows none by name.
public protocol Policy: Sendable {
    /// What the checker, the schema and the reference say of it.
    static var schema: PolicySchema { get }

    init(_ fields: PolicyFields)

    /// What is wrong with it at this place: errors, or warnings where it only does nothing.
    func problems(at site: PolicySite) -> [Diagnostic]
}

/// The slot `backward`: which entries of the gradient at a layer's pre-activation are kept.
public protocol BackwardPolicy: Policy {
    func rewrite(_ gradient: inout LayerGradient) throws(TypeError)
}

/// Where a policy stands, and what stands beside it.
public struct PolicySite: Sendable {
    public let model: ModelFile
    /// In `ModelFile.layers`.
    public let layer: Int
    public let spec: PolicySpec

    public var layerSpec: LayerSpec { model.layers[layer] }
    public func has(_ slot: PolicySpec.Slot) -> Bool { layerSpec.policies.contains { $0.slot == slot } }

    /// Units or filters of the layer.
    public var units: Int { layerSpec.kind.units ?? 0 }

    /// Whether the network's output is this layer's.
    public var isOutput: Bool { layer == model.outputLayer }

    /// Why units of this layer cannot be taken away; empty where they can.
    public var unitsCannotGo: [Diagnostic] {
        let name = layerSpec.name.value
        if isOutput {
            return [Diagnostic(.unitsCannotGo, "the units of `\(name)` are the network's outputs, and none of them can go", at: spec.type.location)]
        }
        guard let sum = model.sum(of: layer) else { return [] }
        return [Diagnostic(
            .unitsCannotGo, "the units of `\(name)` are added to those of other layers, so none of them can go by itself", at: spec.type.location,
            related: [RelatedPlace(model.layers[sum].type.location, "they are added here")])]
    }
}

/// The policies of a model, made from their fields.
public struct PolicyTable: Sendable {
    public struct Entry: Sendable {
        public var layer: Int
        public var policy: any Policy
        /// When it begins to act.
        public var start: Moment
    }

    public private(set) var entries: [Entry] = []

    /// - Parameter catalogue: the policies that this program has.
    public init(_ model: ModelFile, catalogue: [any Policy.Type], diagnostics: inout [Diagnostic]) {
        for (index, layer) in model.layers.enumerated() {
            for spec in layer.policies {
                guard let type = catalogue.first(where: { $0.schema.slot == spec.slot && $0.schema.keyword == spec.type.value }) else { continue }
                // A default for all layers of a type does not mean the network's answers.
                if spec.slot == .neurons, spec.isDefault, index == model.outputLayer { continue }
                let policy = type.init(spec.fields)
                // Copies of a layer share one policy: what is wrong with it is said once.
                for problem in policy.problems(at: PolicySite(model: model, layer: index, spec: spec)) where !diagnostics.contains(problem) {
                    diagnostics.append(problem)
                }
                entries.append(Entry(layer: index, policy: policy, start: spec.start.map(Moment.init) ?? .start))
            }
        }
    }

    public init() {}

    /// The moments at which something changes, from the start of the run on, in the order in which they come.
    func starts(stepsPerEpoch: Int, batch: Int) -> [Moment] {
        func steps(_ moment: Moment) -> Int { moment.steps(stepsPerEpoch: stepsPerEpoch, batch: batch) }
        var starts = [Moment.start]
        for moment in entries.map(\.start).sorted(by: { steps($0) < steps($1) }) where steps(moment) > steps(starts[starts.count - 1]) {
            starts.append(moment)
        }
        return starts
    }

    /// Those that act at a moment.
    func active(at moment: Moment, stepsPerEpoch: Int, batch: Int) -> [Entry] {
        func steps(_ moment: Moment) -> Int { moment.steps(stepsPerEpoch: stepsPerEpoch, batch: batch) }
        return entries.filter { steps($0.start) <= steps(moment) }
    }
}

extension Moment {
    public init(_ span: Span) {
        self =
            switch span {
            case .epochs(let count): .epochs(count)
            case .steps(let count): .steps(count)
            case .examples(let count): .examples(count)
            }
    }
}

extension LayerKind {
    /// Units or filters; nil for a layer that has none of its own.
    public var units: Int? {
        switch self {
        case .dense(let units, _, _, _): units
        case .conv2d(let filters, _, _, _, _, _, _): filters
        default: nil
        }
    }

    /// Whether each output unit is its input unit, changed by itself: activations, dropout, normalization, pooling.
    var keepsUnits: Bool {
        switch self {
        case .activation, .dropout, .batchNormalization, .maxPooling2d, .averagePooling2d: true
        default: false
        }
    }
}

extension ModelFile {
    /// The layer whose units are the network's outputs.
    var outputLayer: Int? {
        var index = layers.count - 1
        while index >= 0, layers[index].kind.units == nil {
            guard layers[index].kind.keepsUnits, case .layer(let below)? = layers[index].inputs.first?.value else { return nil }
            index = below
        }
        return index >= 0 ? index : nil
    }
}

extension ModelFile {
    /// The `add` layer that the units of a layer reach unchanged, if there is one.
    func sum(of layer: Int) -> Int? {
        for (index, reader) in layers.enumerated() where reader.inputs.contains(where: { $0.value == .layer(layer) }) {
            switch reader.kind {
            case .add: return index
            case .flatten, .concatenate: if let sum = sum(of: index) { return sum }
            case let kind where kind.keepsUnits: if let sum = sum(of: index) { return sum }
            default: continue
            }
        }
        return nil
    }
}

extension Amount {
    /// So many of `units`: at least one, at most all.
    public func count(of units: Int) -> Int {
        switch self {
        case .share(let share): max(1, min(units, Int((share * Double(units)).rounded())))
        case .count(let count): max(1, min(units, count))
        }
    }
}
