import Estimate
import Lowering
import Model
import Runtime

/// Units of each layer of a saved network, by name: a policy may have taken some away since the model file was written.
struct UnitCounts: Codable {
    /// In the metadata of a weights file.
    static let key = "units"

    var counts: [String: Int]

    init(_ units: [(name: String, count: Int)]) { counts = Dictionary(units) { $1 } }

    /// None where the file cannot be read, which whoever loads the weights will say, or names none.
    init(savedIn path: String) {
        let text = (try? Safetensors(path: path))?.metadata[Self.key]
        self = text.flatMap { try? JSONText.decode(UnitCounts.self, from: $0) } ?? UnitCounts([])
    }

    init(from decoder: any Decoder) throws { counts = try [String: Int](from: decoder) }
    func encode(to encoder: any Encoder) throws { try counts.encode(to: encoder) }

    /// The model with these numbers of units, where a policy may have changed them; all other layers stay as they are.
    func applied(to model: ModelFile) -> ModelFile {
        let deciding = model.layers.indices.filter { model.layers[$0].policies.contains { $0.slot == .neurons } }
        guard !deciding.isEmpty else { return model }
        let flow = UnitFlow(model)
        var model = model
        for index in Set(deciding.flatMap { flow.group(of: $0) }).sorted() {
            let layer = model.layers[index]
            guard let count = counts[layer.name.value], let units = layer.kind.units,
                (1...units).contains(count)
            else { continue }
            model.layers[index].kind = model.layers[index].kind.with(units: count)
        }
        return model
    }
}

extension String {
    var trimmingNewline: String { hasSuffix("\n") ? String(dropLast()) : self }
}
