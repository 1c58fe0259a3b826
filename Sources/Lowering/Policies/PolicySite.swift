import Diagnostics
import Model

/// Where a policy stands, and what stands beside it.
public struct PolicySite: Sendable {
    public let model: ModelFile
    /// In `ModelFile.layers`.
    public let layer: Int
    public let spec: PolicySpec
    let flow: UnitFlow

    public init(model: ModelFile, layer: Int, spec: PolicySpec) {
        self.init(model: model, layer: layer, spec: spec, flow: UnitFlow(model))
    }

    init(model: ModelFile, layer: Int, spec: PolicySpec, flow: UnitFlow) {
        self.model = model
        self.layer = layer
        self.spec = spec
        self.flow = flow
    }

    public var layerSpec: LayerSpec { model.layers[layer] }
    public func has(_ slot: PolicySpec.Slot) -> Bool { layerSpec.policies.contains { $0.slot == slot } }

    /// Units or filters of the layer.
    public var units: Int { layerSpec.kind.units ?? 0 }

    /// Whether the network's output is this layer's.
    public var isOutput: Bool { layer == model.outputLayer }

    /// Layers that read the layer's units, alone or added to others, and have no bias to take what is constant in them.
    public var readersWithoutBias: [Int] {
        flow.readers(of: layer).filter { reader in
            switch model.layers[reader].kind {
            case .dense(_, let useBias, _, _): !useBias
            case .conv2d(_, _, _, _, let useBias, _, _): !useBias
            default: false
            }
        }
    }

    /// Why units of this layer cannot be taken away; empty where they can.
    public var unitsCannotGo: [Diagnostic] {
        let group = flow.group(of: layer)
        if group.contains(where: flow.outputs.contains) {
            return [
                refused(
                    flow.outputs.contains(layer) ? "the units of \(name(layer)) are the network's outputs, and none of them can go"
                        : "the units of \(name(layer)) are added to those of \(names(group.filter { $0 != layer && flow.outputs.contains($0) })), which are the network's outputs, so none of them can go")
            ]
        }
        if !flow.isWhole {
            return [refused("the network joins its layers in more ways than can be followed, so units of \(name(layer)) cannot be taken out of those that read them")]
        }
        if let obstacle = flow.obstacle(of: layer) {
            let here = [RelatedPlace(model.layers[obstacle.sum].type.location, "they are added here")]
            return switch obstacle.reason {
            case .input:
                [refused(
                    "the units of \(name(layer)) are added to the network's input, which stays as it is, so none of them can go", here,
                    help: ["put a dense layer, or a convolution with `kernel_size: 1`, between the input and the sum"])]
            case .order:
                [refused(
                    "the units of \(name(layer)) are added to those of \(names(group.filter { $0 != layer })), but not one by one, so none of them can go", here,
                    help: ["the summands must be layers of as many units each, without `concatenate` or `flatten` in one of them alone"])]
            }
        }
        guard group.count > 1 else { return [] }
        let sum = sum(of: group).map { [RelatedPlace($0, "they are added here")] } ?? []
        if let frozen = group.first(where: { !model.layers[$0].trainable }) {
            return [
                refused(
                    frozen == layer ? "\(name(layer)) has `trainable: false`, so it cannot lose units together with \(names(group.filter { $0 != layer })), to which it is added"
                        : "the units of \(name(layer)) are added to those of \(name(frozen)), which has `trainable: false`, so none of them can go",
                    sum, help: ["take out `trainable: false`, or the policy"])
            ]
        }
        // The policy of the first layer is the one that is kept; it is said at the others.
        for other in group.prefix(while: { $0 != layer }) {
            guard let policy = model.layers[other].policies.first(where: { $0.slot == .neurons }), !policy.isDefault, !policy.isShared(with: spec) else { continue }
            return [
                refused(
                    "the units of \(name(layer)) are added to those of \(name(other)), which has a policy of its own for them; they go or stay together, so one policy must decide",
                    [RelatedPlace(policy.type.location, "the policy of \(name(other))")] + sum,
                    help: ["take one of the two policies out, and its layer follows the other", "or name the same entry of `policies:` on both"])
            ]
        }
        return []
    }

    private func refused(_ message: String, _ related: [RelatedPlace] = [], help: [String] = []) -> Diagnostic {
        Diagnostic(.unitsCannotGo, message, at: spec.type.location, related: related, help: help)
    }

    private func name(_ layer: Int) -> String { "`\(model.layers[layer].name.value)`" }

    private func names(_ layers: [Int]) -> String {
        let first = layers.prefix(3).map(name).joined(separator: ", ")
        return layers.count > 3 ? first + " and others" : first
    }

    /// The place of an `add` layer that makes the group.
    private func sum(of group: [Int]) -> Location? {
        let inside = Set(group)
        return model.layers.first { layer in
            guard case .add = layer.kind else { return false }
            return layer.inputs.contains { flow.reads($0.value, anyOf: inside) }
        }?.type.location
    }
}

extension PolicySpec {
    /// Whether it was written once, for both layers.
    func isShared(with other: PolicySpec) -> Bool { type.location == other.type.location && start == other.start }
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
