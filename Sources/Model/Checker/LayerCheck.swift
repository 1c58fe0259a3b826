import Diagnostics
import Syntax

extension CheckContext {
    /// The layers with their names, copies and inputs resolved. Nil where the list has an entry that could not be read.
    func buildLayers(_ model: CheckedObject, _ named: inout [NamedPolicy]) -> [LayerSpec]? {
        guard let entries = model["layers"]?.list else { return nil }
        let objects = entries.map(\.object)
        let names = layerNames(objects)
        var layers: [LayerSpec] = []
        var positions: [String: Int] = [:]
        var isWhole = true
        for (index, object) in objects.enumerated() {
            guard let object, let type = object.type else {
                isWhole = false
                continue
            }
            let policies = policies(of: object, &named)
            let inputs = resolveInputs(object, index, names: names, positions: positions, count: layers.count)
            guard let kind = buildKind(type.value, object) else {
                isWhole = false
                // Layers below may name it without being wrong.
                for name in names[index] { positions[name.value] = -1 }
                continue
            }
            if inputs == nil { isWhole = false }
            let strategy = object.word("strategy", Strategy.self).map { word in
                PinnedStrategy(word, location: object.location("strategy"), isDefault: !object.entries.contains { $0.key.name == "strategy" })
            }
            let activation = Located(object.word("activation") ?? Activation.linear, object.location("activation"))
            for (copy, name) in names[index].enumerated() {
                let reads = copy == 0 ? inputs ?? [] : [Located(LayerInput.layer(layers.count - 1), object.node.location)]
                positions[name.value] = layers.count
                layers.append(LayerSpec(
                    name: name, type: type, kind: kind, activation: activation, inputs: reads, trainable: object.flag("trainable") ?? true,
                    policies: policies, strategy: strategy, location: object.node.location))
            }
            // The name of a layer that is written several times means the last copy.
            if names[index].count > 1, let own = object["name"]?.text { positions[own] = layers.count - 1 }
            if layers.count > 100_000 {
                report(.outOfRange, "the copies make more than 100000 layers", at: object.location("repeat"))
                return nil
            }
        }
        checkNames(objects, names)
        guard isWhole else { return nil }
        checkUse(layers)
        checkSoftmax(layers)
        return layers
    }

    /// The names of each entry's copies: given, or `dense_1`, `dense_2`, … by type, leaving out names that are given elsewhere.
    private func layerNames(_ objects: [CheckedObject?]) -> [[Located<String>]] {
        let given = Set(objects.compactMap { $0?["name"]?.text })
        var counters: [String: Int] = [:]
        return objects.map { object in
            guard let object, let type = object.type else { return [] }
            let copies = object.keys.contains { $0.name == "repeat" } ? object.integer("repeat") ?? 1 : 1
            if let name = object["name"]?.text {
                let location = object.location("name")
                return copies == 1 ? [Located(name, location)] : (1...copies).map { Located("\(name)_\($0)", location) }
            }
            return (0..<copies).map { _ in Located(automaticName(type.value, &counters, given), type.location) }
        }
    }

    private func checkNames(_ objects: [CheckedObject?], _ names: [[Located<String>]]) {
        var first: [String: Location] = [:]
        for (object, copies) in zip(objects, names) {
            let own = object?["name"].flatMap { checked in checked.text.map { Located($0, checked.location) } }
            var all = copies
            if copies.count > 1, let own { all.append(own) }
            for name in all {
                if let earlier = first[name.value] {
                    report(.duplicateLayer, "two layers are called `\(name.value)`", at: name.location, related: [RelatedPlace(earlier, "the first one is here")])
                    break
                }
                first[name.value] = name.location
            }
        }
    }

    /// Nil where an input is wrong.
    private func resolveInputs(
        _ object: CheckedObject, _ index: Int, names: [[Located<String>]], positions: [String: Int], count: Int
    ) -> [Located<LayerInput>]? {
        guard let entry = object["inputs"] else {
            // A required `inputs` that is missing has been reported.
            if object.keys.contains(where: { $0.name == "inputs" && $0.isRequired }) { return nil }
            return [Located(count == 0 ? .input : .layer(count - 1), object.node.location)]
        }
        guard let given = entry.list else { return nil }
        let below = Set(names[index...].flatMap { $0 }.map(\.value))
        var result: [Located<LayerInput>] = []
        for input in given {
            guard let name = input.text else { return nil }
            if name == "input" {
                result.append(Located(.input, input.location))
            } else if let position = positions[name] {
                // A layer that could not be read stands at -1.
                if position >= 0 { result.append(Located(.layer(position), input.location)) }
            } else if below.contains(name) {
                let isSelf = names[index].contains { $0.value == name }
                let place = names[index...].flatMap { $0 }.first { $0.value == name }?.location
                report(.inputNotAbove, isSelf ? "the layer `\(name)` reads itself" : "the layer `\(name)` stands below this one", at: input.location,
                    related: isSelf ? [] : place.map { [RelatedPlace($0, "`\(name)` is here")] } ?? [], help: ["a layer reads layers above it"])
            } else {
                let known = names[..<index].flatMap { $0 }.map(\.value) + ["input"]
                let right = nearest(name, in: known)
                report(.unknownInput, "no layer is called `\(name.shortened)`", at: input.location,
                    help: right.map { ["did you mean `\($0)`?"] } ?? (known.count <= 12 ? ["the layers above are \(known.quotedList)"] : []),
                    fix: right.map { Fix(input.node.range, $0) })
            }
        }
        return result.count == given.count ? result : nil
    }

    private func checkUse(_ layers: [LayerSpec]) {
        var isRead = [Bool](repeating: false, count: layers.count)
        for layer in layers {
            for input in layer.inputs { if case .layer(let position) = input.value { isRead[position] = true } }
        }
        for (layer, isRead) in zip(layers, isRead).dropLast() where !isRead {
            report(.deadLayer, "nobody reads the output of `\(layer.name.value)`", at: layer.name.location,
                related: layers.last.map { [RelatedPlace($0.name.location, "the output of the network is that of the last layer, `\($0.name.value)`")] } ?? [],
                help: ["name it in the `inputs` of a layer below, or take it out"])
        }
    }

    private func checkSoftmax(_ layers: [LayerSpec]) {
        for (index, layer) in layers.enumerated() where layer.activation.value == .softmax {
            let isLastButDropout = layers[(index + 1)...].allSatisfy { if case .dropout = $0.kind { true } else { false } }
            if index < layers.count - 1 {
                // Dropout at the end is a mistake of its own.
                if isLastButDropout { continue }
                report(.softmaxInside, "softmax belongs in the last layer, and `\(layer.name.value)` is not it", at: layer.activation.location,
                    help: ["write `activation: relu`, and softmax in `\(layers[layers.count - 1].name.value)`"])
            } else if case .conv2d = layer.kind {
                report(.softmaxInside, "softmax over the channels of each place of a picture is no output for classes", at: layer.activation.location,
                    help: ["end with `- { type: flatten }` and `- { type: dense, units: 10, activation: softmax }`"])
            }
        }
    }

    private func buildKind(_ type: String, _ layer: CheckedObject) -> LayerKind? {
        // Whatever is nil here was reported when it was read.
        if layer.entries.contains(where: { $0.checked.isInvalid }) || layer.fallback.contains(where: { $0.checked.isInvalid }) { return nil }
        let initializer: (String) -> Initializer? = { layer.word($0) }
        switch type {
        case "dense":
            guard let units = layer.integer("units"), let bias = layer.flag("use_bias"), let kernel = initializer("kernel_initializer"), let start = initializer("bias_initializer")
            else { return nil }
            return .dense(units: units, useBias: bias, kernel: kernel, bias: start)
        case "conv2d":
            guard let filters = layer.integer("filters"), let size = layer.size2d("kernel_size"), let strides = layer.size2d("strides"), let padding: Padding = layer.word("padding"),
                let bias = layer.flag("use_bias"), let kernel = initializer("kernel_initializer"), let start = initializer("bias_initializer")
            else { return nil }
            return .conv2d(filters: filters, kernel: size, strides: strides, padding: padding, useBias: bias, kernelInitializer: kernel, bias: start)
        case "max_pooling2d", "average_pooling2d":
            guard let pool = layer.size2d("pool_size"), let padding: Padding = layer.word("padding") else { return nil }
            let strides = layer.size2d("strides") ?? pool
            return type == "max_pooling2d" ? .maxPooling2d(pool: pool, strides: strides, padding: padding) : .averagePooling2d(pool: pool, strides: strides, padding: padding)
        case "flatten": return .flatten
        case "dropout": return layer.number("rate").map { .dropout(rate: $0) }
        case "batch_normalization":
            guard let momentum = layer.number("momentum"), let epsilon = layer.number("epsilon") else { return nil }
            return .batchNormalization(momentum: momentum, epsilon: epsilon)
        case "activation": return layer["activation"] == nil ? nil : .activation
        case "add": return .add
        case "concatenate": return .concatenate
        default: return nil
        }
    }
}

/// `dense_1`, `dense_2`, … ; a name that some layer was given is left out.
func automaticName(_ type: String, _ counters: inout [String: Int], _ given: Set<String>) -> String {
    var number = counters[type] ?? 0
    var name: String
    repeat {
        number += 1
        name = "\(type)_\(number)"
    } while given.contains(name)
    counters[type] = number
    return name
}
