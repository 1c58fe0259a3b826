import Foundation

extension Graph {
    /// Names made unique for printing: `h1`, and `h1'2` for the second value of that name.
    private var printedNames: [String] {
        var seen: [String: Int] = [:]
        return values.map { value in
            let count = (seen[value.name] ?? 0) + 1
            seen[value.name] = count
            return "%" + value.name + (count == 1 ? "" : "'\(count)")
        }
    }

    /// The one text form: for users (`nnc graph`), golden tests and tools.
    public var text: String {
        let names = printedNames
        let made = Set(nodes.flatMap(\.outputs))
        var lines: [String] = []
        for (index, value) in values.enumerated() where !made.contains(ValueID(index)) {
            // A pass may leave a value without use; it takes no memory and is not shown.
            guard nodes.contains(where: { $0.inputs.contains(ValueID(index)) }) else { continue }
            lines.append("\(names[index]): \(value.type.text)  \(value.role.text)")
        }
        for node in nodes {
            let outputs = node.outputs.map { names[$0.index] }.joined(separator: ", ")
            let inputs = node.inputs.map { names[$0.index] }.joined(separator: ", ")
            let attributes = node.operation.attributes.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
            var line = "\(outputs) = \(node.operation.name)(\(inputs))"
            if !attributes.isEmpty { line += " {\(attributes)}" }
            line += " : " + node.outputs.map { self[$0].type.text }.joined(separator: ", ")
            line += "  # \(node.slot.rawValue)"
            lines.append(line)
        }
        for (name, value) in results { lines.append("\(name) -> \(names[value.index])") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Graphviz: operations as boxes, values as edges.
    public var dot: String {
        let names = printedNames
        let producers = self.producers()
        var lines = ["digraph nnc {", "  rankdir=TB; node [shape=box, fontname=\"Helvetica\"];"]
        for (index, value) in values.enumerated()
        where producers[index] == nil && nodes.contains(where: { $0.inputs.contains(ValueID(index)) }) {
            lines.append("  v\(index) [shape=ellipse, label=\"\(names[index])\\n\(value.type.text)\"];")
        }
        for (index, node) in nodes.enumerated() {
            let attributes = node.operation.attributes.map { "\\n\($0.key)=\($0.value)" }.joined()
            let layer = node.layer.map { layers[$0].name + "\\n" } ?? ""
            lines.append("  n\(index) [label=\"\(layer)\(node.operation.name)\(attributes)\"];")
            for input in node.inputs {
                let from = producers[input.index].map { "n\($0)" } ?? "v\(input.index)"
                lines.append("  \(from) -> n\(index) [label=\"\(self[input].type.text)\"];")
            }
        }
        return (lines + ["}"]).joined(separator: "\n") + "\n"
    }

    /// The same for programs: `values` with name, type and role, `nodes` with operation, attributes, inputs, outputs, layer, slot.
    public var json: String {
        let names = printedNames
        let object: [String: Any] = [
            "values": values.enumerated().map { index, value in
                [
                    "name": names[index], "dtype": value.type.dtype.rawValue, "batched": value.type.batched,
                    "shape": value.type.shape, "role": value.role.text,
                ] as [String: Any]
            },
            "nodes": nodes.map { node in
                [
                    "operation": node.operation.name, "slot": node.slot.rawValue,
                    "layer": node.layer.map { layers[$0].name } as Any? ?? NSNull(),
                    "attributes": Dictionary(node.operation.attributes.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first }),
                    "inputs": node.inputs.map { names[$0.index] }, "outputs": node.outputs.map { names[$0.index] },
                ] as [String: Any]
            },
            "results": Dictionary(results.map { ($0.name, names[$0.value.index]) }, uniquingKeysWith: { first, _ in first }),
        ]
        let data = try? JSONSerialization.data(withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data ?? Data(), as: UTF8.self) + "\n"
    }
}

extension ValueRole {
    /// One word, as printed.
    public var text: String {
        switch self {
        case .input: "input"
        case .inputPlaces: "input places"
        case .target: "target"
        case .parameter: "parameter"
        case .optimizerState: "optimizer state"
        case .layerState: "state"
        case .activation: "activation"
        case .cotangent: "cotangent"
        }
    }
}
