import Graph
import Lowering

/// What the policies have in common that choose for each example or for the batch.
enum PinnedGranularity {
    /// The other one, where the file has pinned one.
    static func changes(at site: PolicySite) -> [PolicyChange] {
        guard let own = site.spec.fields.word("per", TensorType.Granularity.self) else { return [] }
        return switch own {
        case .example: [PolicyChange("per", "batch", price: "one choice for all examples of a step is a coarser one, and only training tells what that does to the accuracy")]
        case .batch: [PolicyChange("per", "example", price: "each example then has a choice of its own, and only training tells what that does to the accuracy")]
        }
    }
}

extension PolicySite {
    /// Whether the layer reads the network's input, and that is an image of rows and columns.
    var readsPixels: Bool {
        guard model.input.shape?.value.count == 3 else { return false }
        var index = layer
        while true {
            guard let input = model.layers[index].inputs.first?.value, model.layers[index].inputs.count == 1 else { return false }
            guard case .layer(let below) = input else { return true }
            guard case .flatten = model.layers[below].kind else { return false }
            index = below
        }
    }
}
