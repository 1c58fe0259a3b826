import Diagnostics
import Graph
import Model
import Ops

/// Shape errors that have a better explanation than what an operation can say of its operands.
extension Builder {
    mutating func shapesFit(_ layer: LayerSpec, _ inputs: [ValueID]) -> Bool {
        let types = inputs.map { graph[$0].type }
        let name = layer.name.value
        func problem(_ kind: DiagnosticKind, _ message: String, help: [String] = []) -> Bool {
            diagnostics.append(
                Diagnostic(kind, message, at: layer.type.location, related: inputs.compactMap(origin), help: help))
            return false
        }
        let shape = types[0].shape
        switch layer.kind {
        case .dense where shape.count != 1:
            return problem(
                .needsFlatten, "`\(name)` needs a row of numbers, but its input is \(types[0].text)",
                help: ["put `- { type: flatten }` before it"])
        case .conv2d, .maxPooling2d, .averagePooling2d:
            guard shape.count == 3 else {
                return problem(
                    .needsImage, "`\(name)` needs an image of height × width × channels, but its input is \(types[0].text)",
                    help: ["give `input: { shape: [height, width, channels] }`, and put `flatten` and `dense` after the last \(layer.type.value)"])
            }
            guard let (window, padding) = layer.kind.window, padding == .valid, window[0] > shape[0] || window[1] > shape[1] else { return true }
            return problem(
                .windowTooLarge, "a window of \(window[0])×\(window[1]) does not fit into an image of \(shape[0])×\(shape[1])",
                help: ["use a smaller window, or `padding: same`"])
        case .add:
            guard let odd = types.firstIndex(where: { $0 != types[0] }) else { return true }
            return problem(.addShapesDiffer, "`\(name)` adds values of one shape, but gets \(types[0].text) and \(types[odd].text)")
        case .concatenate:
            guard let odd = types.firstIndex(where: { $0.shape.dropLast() != types[0].shape.dropLast() || $0.shape.count != types[0].shape.count })
            else { return true }
            return problem(
                .concatenateShapesDiffer,
                "`\(name)` joins along the last axis, and all others must agree, but gets \(types[0].text) and \(types[odd].text)")
        default: return true
        }
    }

    /// Whether the network's output is what the loss and the data expect.
    mutating func outputFits(_ output: ValueID, _ layer: LayerSpec) -> Bool {
        let shape = graph[output].type.shape
        guard shape.count == 1 else {
            diagnostics.append(
                Diagnostic(
                    .outputNotARow, "the network puts out \(graph[output].type.text), but \(model.train.loss.value.rawValue) needs one row of numbers per example",
                    at: layer.type.location, related: [RelatedPlace(model.train.loss.location, "the loss is given here")],
                    help: ["end with `flatten` and a `dense` layer of \(facts.targetCount) units"]))
            return false
        }
        guard shape[0] != facts.targetCount else { return true }
        let expected: String
        switch facts.targets {
        case .classes(let count): expected = "the data has \(count) classes"
        case .labelLists(let count, _, _): expected = "the data has \(count) labels"
        case .vector(let count): expected = "the data has \(count) numbers per example to predict"
        }
        diagnostics.append(
            Diagnostic(
                .outputCountDiffers, "the network puts out \(shape[0]) numbers, but \(expected)", at: layer.type.location,
                related: model.data.map { [RelatedPlace($0.location, "the data is given here")] } ?? [],
                help: ["give the last layer `units: \(facts.targetCount)`"]))
        return false
    }
}

extension LayerKind {
    var window: (size: [Int], padding: Padding)? {
        switch self {
        case .conv2d(_, let kernel, _, let padding, _, _, _): (kernel, padding)
        case .maxPooling2d(let pool, _, let padding), .averagePooling2d(let pool, _, let padding): (pool, padding)
        default: nil
        }
    }
}
