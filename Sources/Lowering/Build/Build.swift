import Diagnostics
import Graph
import Kernels
import Model
import Ops

/// Builds the forward graph of a checked model, layer by layer, with the loss at its end.
///
/// Shape errors are collected as diagnostics at the layers; a layer whose input is already wrong is passed over, so
/// that one mistake is reported once.
struct Builder {
    let model: ModelFile
    let facts: DataFacts
    let purpose: Purpose
    var graph = Graph()
    var diagnostics: [Diagnostic] = []
    /// By layer: its output before a softmax that the loss takes in, and after. Nil behind a mistake.
    var outputs: [ValueID?] = []
    /// Where the input's numbers belong, if it is sparse.
    var inputPlaces: ValueID?

    static func build(_ model: ModelFile, _ facts: DataFacts, _ purpose: Purpose) -> (graph: Graph?, diagnostics: [Diagnostic]) {
        var builder = Builder(model: model, facts: facts, purpose: purpose)
        builder.build()
        return (builder.diagnostics.hasErrors ? nil : builder.graph, builder.diagnostics)
    }

    private init(model: ModelFile, facts: DataFacts, purpose: Purpose) {
        self.model = model
        self.facts = facts
        self.purpose = purpose
    }

    private mutating func build() {
        let input = addInput()
        for (index, layer) in model.layers.enumerated() {
            graph.layers.append(LayerInfo(name: layer.name.value, type: layer.type.value, output: graph[input].type, place: layer.location.place))
            let sources = layer.inputs.map { source -> ValueID? in
                switch source.value {
                case .input: input
                case .layer(let earlier): outputs[earlier]
                }
            }
            let known = sources.compactMap { $0 }
            guard known.count == sources.count, !known.isEmpty else {
                outputs.append(nil)
                continue
            }
            let output = addLayer(index, layer, known)
            outputs.append(output)
            if let output { graph.layers[index].output = graph[output].type }
            graph.layers[index].value = output
        }
        guard let last = outputs.last, let last, let layer = model.layers.last else { return }
        addLoss(last, layer)
        if purpose == .training, !graph.values.contains(where: { $0.role.isTrained }) {
            diagnostics.append(
                Diagnostic(.nothingToTrain, "no layer of this network has weights to train", at: layer.location))
        }
    }

    // MARK: layers

    private mutating func addLayer(_ index: Int, _ layer: LayerSpec, _ inputs: [ValueID]) -> ValueID? {
        guard sparseInputFits(index, layer, inputs), shapesFit(layer, inputs) else { return nil }
        do {
            guard var value = try addOperation(index, layer, inputs) else { return nil }
            // A softmax at the end is taken in by a cross entropy.
            let isLast = index == model.layers.count - 1
            switch layer.activation.value {
            case .linear: break
            case .softmax where isLast && model.train.loss.value == .crossEntropy: break
            case .sigmoid where isLast && model.train.loss.value == .binaryCrossEntropy: break
            case .softmax:
                value = try graph.add(Softmax(), [value], layer: index, slot: .forward)[0]
            default:
                guard let function = ActivationFunction(rawValue: layer.activation.value.rawValue) else { break }
                value = try graph.add(Activation(function), [value], layer: index, slot: .forward)[0]
            }
            graph[value].name = layer.name.value
            return value
        } catch {
            report(error, layer, inputs)
        }
        return nil
    }

    private mutating func addOperation(_ index: Int, _ layer: LayerSpec, _ inputs: [ValueID]) throws(TypeError) -> ValueID? {
        let x = graph[inputs[0]].type
        switch layer.kind {
        case .dense(let units, let useBias, let kernel, let bias):
            if let places = inputPlaces, graph[inputs[0]].role == .input {
                return try addSparseDense(index, inputs[0], places: places, units: units, useBias: useBias, kernel: kernel, bias: bias)
            }
            let fanIn = x.shape[0]
            var operands = inputs
            guard let weights = parameter(index, "kernel", [units, fanIn], [.units, .inputs], kernel.initial(fanIn: fanIn, fanOut: units)) else { return nil }
            operands.append(weights)
            if useBias {
                guard let bias = parameter(index, "bias", [units], [.units], bias.initial(fanIn: fanIn, fanOut: units)) else { return nil }
                operands.append(bias)
            }
            return try graph.add(Dense(useBias: useBias), operands, layer: index, slot: .forward)[0]

        case .conv2d(let filters, let kernel, let strides, let padding, let useBias, let initializer, let bias):
            let channels = x.shape[2], window = Count.product(kernel[0], kernel[1])
            let fanIn = Count.product(window, channels), fanOut = Count.product(window, filters)
            var operands = inputs
            guard let weights = parameter(
                index, "kernel", [kernel[0], kernel[1], channels, filters], [.fixed, .fixed, .inputs, .units], initializer.initial(fanIn: fanIn, fanOut: fanOut))
            else { return nil }
            operands.append(weights)
            if useBias {
                guard let bias = parameter(index, "bias", [filters], [.units], bias.initial(fanIn: fanIn, fanOut: fanOut)) else { return nil }
                operands.append(bias)
            }
            let operation = Conv2D(strideHeight: strides[0], strideWidth: strides[1], padding: padding.window, useBias: useBias)
            return try graph.add(operation, operands, layer: index, slot: .forward)[0]

        case .maxPooling2d(let pool, let strides, let padding):
            let operation = MaxPooling2D(
                poolHeight: pool[0], poolWidth: pool[1], strideHeight: strides[0], strideWidth: strides[1], padding: padding.window)
            return try graph.add(operation, inputs, layer: index, slot: .forward)[0]

        case .averagePooling2d(let pool, let strides, let padding):
            let operation = AveragePooling2D(
                poolHeight: pool[0], poolWidth: pool[1], strideHeight: strides[0], strideWidth: strides[1], padding: padding.window)
            return try graph.add(operation, inputs, layer: index, slot: .forward)[0]

        case .flatten:
            return try graph.add(Flatten(), inputs, layer: index, slot: .forward)[0]

        case .dropout(let rate):
            guard purpose == .training, rate > 0 else { return inputs[0] }
            return try graph.add(Dropout(rate: Float(rate), stream: index), inputs, layer: index, slot: .forward)[0]

        case .batchNormalization(let momentum, let epsilon):
            let channels = x.shape[x.shape.count - 1]
            guard let gamma = parameter(index, "gamma", [channels], [.inputs], .constant(1)),
                let beta = parameter(index, "beta", [channels], [.inputs], .constant(0))
            else { return nil }
            let type = TensorType(batched: false, [channels])
            let mean = graph.addValue("\(layer.name.value).moving_mean", type, .layerState(.constant(0)), layer: index, axes: [.inputs])
            let variance = graph.addValue("\(layer.name.value).moving_variance", type, .layerState(.constant(1)), layer: index, axes: [.inputs])
            let operands = inputs + [gamma, beta, mean, variance]
            // A frozen normalization keeps its averages, as in Keras.
            return purpose == .training && layer.trainable
                ? try graph.add(BatchNormalization(momentum: Float(momentum), epsilon: Float(epsilon)), operands, layer: index, slot: .forward)[0]
                : try graph.add(BatchNormalizationInference(epsilon: Float(epsilon)), operands, layer: index, slot: .forward)[0]

        case .activation: return inputs[0]
        case .add: return try graph.add(Add(), inputs, layer: index, slot: .forward)[0]
        case .concatenate: return try graph.add(Concatenate(), inputs, layer: index, slot: .forward)[0]
        }
    }

    /// A trained parameter, or nil where it is too large for any memory to be addressed.
    mutating func parameter(_ layer: Int, _ name: String, _ shape: [Int], _ axes: [Axis], _ initial: Initial) -> ValueID? {
        let spec = model.layers[layer]
        guard Count.product(shape) <= TensorType.largestCount else {
            diagnostics.append(
                Diagnostic(
                    .tensorTooLarge, "the \(name) of `\(spec.name.value)` would have \(shape.map(String.init).joined(separator: " × ")) numbers",
                    at: spec.location, help: ["no machine can hold it; check the sizes of this layer and of its input"]))
            return nil
        }
        return graph.addValue("\(spec.name.value).\(name)", TensorType(batched: false, shape), .parameter(initial), layer: layer, axes: axes)
    }

    // MARK: loss

    private mutating func addLoss(_ output: ValueID, _ layer: LayerSpec) {
        guard outputFits(output, layer) else { return }
        diagnostics += model.rankedProblems(facts)
        let count = graph[output].type.shape[0]
        let isClass = model.train.loss.value == .crossEntropy
        var list: [Int] = []
        if case .labelLists(_, let longest, _) = facts.targets { list = [max(longest, 1)] }
        let target = isClass
            ? graph.addValue("labels", TensorType(.int32, batched: true, list), .target)
            : graph.addValue("targets", TensorType(batched: true, [count]), .target)
        do {
            switch model.train.loss.value {
            case .crossEntropy:
                let made = try graph.add(SoftmaxCrossEntropy(), [output, target], layer: nil, slot: .forward, names: ["loss", "probabilities"])
                graph.results = [("loss", made[0]), ("output", made[1])]
                // Of very many outputs training measures the loss alone.
                if purpose == .training, model.ranksOutputs(facts) { graph.results.removeLast() }
            case .binaryCrossEntropy:
                let made = try graph.add(SigmoidCrossEntropy(), [output, target], layer: nil, slot: .forward, names: ["loss", "probabilities"])
                graph.results = [("loss", made[0]), ("output", made[1])]
            case .mse:
                let made = try graph.add(MeanSquaredError(), [output, target], layer: nil, slot: .forward, names: ["loss"])
                graph.results = [("loss", made[0]), ("output", output)]
            }
        } catch {
            report(error, layer, [output])
        }
    }

    private mutating func report(_ error: TypeError, _ layer: LayerSpec, _ inputs: [ValueID]) {
        diagnostics.append(
            Diagnostic(
                .shapesDoNotFit, "`\(layer.name.value)`: \(error.message)", at: layer.type.location,
                related: inputs.compactMap(origin)))
    }

    /// The layer that made a value, as a related place.
    func origin(_ value: ValueID) -> RelatedPlace? {
        let type = graph[value].type
        guard let layer = graph[value].layer else {
            let input = inputPlaces == nil ? type.text : "sparse, with at most \(type.shape[0]) numbers for each example"
            return model.input.shape.map { RelatedPlace($0.location, "the input is \(input)") }
        }
        return RelatedPlace(model.layers[layer].type.location, "`\(graph.layers[layer].name)` puts out \(type.text)")
    }
}

extension ValueRole {
    var isTrained: Bool { if case .parameter = self { true } else { false } }
}

extension Location {
    /// `fashion.yaml:32`
    var place: String {
        switch self {
        case .range(let range): "\(range.source.path):\(range.source.line(at: range.start) + 1)"
        case .place(let path, let line, _): "\(path):\(line)"
        case .file(let path): path
        case .nowhere: ""
        }
    }
}
