extension Language {
    static func model(_ layer: VariantSchema) -> ObjectSchema {
        ObjectSchema(
            "`model`", "The network.",
            otherNames: ["input_shape": "input", "inputs": "input", "layer": "layers", "network": "layers", "pretrained": "weights", "initial_weights": "weights", "load": "weights", "checkpoint": "weights"],
            keys: [
                Key("input", .object(input), otherwise: "taken from the data", "What goes in."),
                Key(
                    "weights", .path, otherwise: "all weights begin at random",
                    "A run directory, or a safetensors file with the names and the layout of nnc (`layer.kernel`) or of PyTorch (`layer.weight`), as `nnc export` writes it: weights with the same name begin with these numbers. Layers that it does not have begin at random, but not those with `trainable: false`. Only training reads it: the run has its own weights.",
                    example: "weights: runs/features-1"),
                Key(
                    "layers", .list(of: .variant(layer), count: 1...10_000), required: true,
                    "The layers in order. Each reads the one above unless `inputs` says otherwise; the last one is the output.",
                    example: "layers: [{ type: flatten }, { type: dense, units: 10, activation: softmax }]"),
            ])
    }

    static let input = ObjectSchema(
        "`input`", "What goes in.", otherNames: ["size": "shape", "features": "shape", "input_shape": "shape", "dims": "shape"],
        keys: [
            Key(
                "shape", .list(of: .integer(1...sizeLimit), count: 1...8), otherwise: "taken from the data",
                "The shape of one example, without the batch. Pictures are height, width, channels.", example: "shape: [28, 28, 1]"),
            Key("sparse", .flag, otherwise: "as the data have it", "That examples are given by what of them is not zero, which only a dense layer can read.", example: "sparse: true"),
        ])

    static let activationWords = ChoiceSet([
        Choice("linear", "x", otherNames: ["none", "identity", "null"]),
        Choice("relu", "max(0, x)", otherNames: ["ReLU"]),
        Choice("leaky_relu", "x where x > 0, else 0.01 x", otherNames: ["leakyrelu", "lrelu"]),
        Choice("elu", "x where x > 0, else exp(x) − 1"),
        Choice("gelu", "x Φ(x), with the distribution function of the normal distribution"),
        Choice("sigmoid", "1 / (1 + exp(−x))", otherNames: ["logistic"]),
        Choice("tanh", "hyperbolic tangent"),
        Choice("softmax", "shares that sum to one; in the output layer only"),
    ])

    static let initializerWords = ChoiceSet([
        Choice("zeros", "all 0", otherNames: ["zero"]),
        Choice("ones", "all 1", otherNames: ["one"]),
        Choice("he_normal", "normal, variance 2 / fan-in", otherNames: ["kaiming_normal", "kaiming"]),
        Choice("he_uniform", "uniform, variance 2 / fan-in", otherNames: ["kaiming_uniform"]),
        Choice("glorot_normal", "normal, variance 2 / (fan-in + fan-out)", otherNames: ["xavier_normal"]),
        Choice("glorot_uniform", "uniform, variance 2 / (fan-in + fan-out)", otherNames: ["xavier_uniform", "xavier", "glorot"]),
        Choice("lecun_normal", "normal, variance 1 / fan-in"),
        Choice("lecun_uniform", "uniform, variance 1 / fan-in"),
    ])

    static let strategy: Key = {
        let ways = [
            Choice("auto", "The cheapest that the policy allows, by what the machine was measured to do. Training writes what it took into the run's `model.resolved.yaml`."),
            Choice("example", "Each example has its own units, and only these units' rows are read: for very few units, or few examples in a step."),
            Choice("batch", "The batch has one set of units, whose rows are packed and multiplied densely."),
            Choice("example_dense", "Each example has its own units; all are computed in one dense product, and the others dropped. For many units."),
            Choice("batch_dense", "The batch has one set of units, whose rows are not packed: all are multiplied. For few examples in a step."),
        ]
        return Key(
            "strategy", .choice(ChoiceSet(ways)), otherwise: "the cheapest that the policy allows, by the machine's profile; without one, `batch` or `example` as the policy has it",
            "How the work is done that a policy leaves. It pins what the policy's `per` leaves open, and which products are used; these make no other numbers, up to rounding.",
            example: "strategy: example_dense")
    }()

    static func layerSchema(policy: ObjectSchema) -> VariantSchema {
        let name = Key("name", .name, otherwise: "`dense_1`, `dense_2`, … by type", "The name of the layer; unique.", example: "name: h1")
        let inputs = Key(
            "inputs", .list(of: .name, count: 1...1), otherwise: "the layer above",
            "The layer whose output this one reads; `input` is the input of the network.", example: "inputs: [h1]")
        let manyInputs = Key(
            "inputs", .list(of: .name, count: 2...10_000), required: true,
            "The layers whose outputs this one joins; `input` is the input of the network.", example: "inputs: [h1, h2]")
        let copies = Key(
            "repeat", .integer(1...10_000), default: "1",
            "Writes so many copies, one after the other. Copies of `h` are called `h_1`, `h_2`, …; `h` itself means the last one.", example: "repeat: 3")
        let trainable = Key("trainable", .flag, default: "true", "Whether training changes the weights of this layer.", example: "trainable: false")
        let activation = Key("activation", .choice(activationWords), default: "linear", "Applied to the output, unit by unit.", example: "activation: relu")
        let bias = Key("use_bias", .flag, default: "true", "Whether each unit has a bias.", example: "use_bias: false")
        let kernelInitializer = Key("kernel_initializer", .choice(initializerWords), default: "glorot_uniform", "How weights start.", example: "kernel_initializer: he_normal")
        let biasInitializer = Key("bias_initializer", .choice(initializerWords), default: "zeros", "How biases start.")
        let policyKey = Key(
            "policy", .policy(policy), otherwise: "dense", "What the layer may skip: the name of an entry under `policies:`, a policy in place, or `none`.",
            example: "policy: sparse")
        let padding = Key(
            "padding", .choice(ChoiceSet([
                Choice("valid", "Windows stay inside the picture.", otherNames: ["none"]),
                Choice("same", "Zeros around it, so that the output has ⌈size / stride⌉ places."),
            ])), default: "valid", "What happens at the border.", example: "padding: same")
        let shared: [String: String] = ["input": "inputs", "id": "name", "activation_fn": "activation", "nonlinearity": "activation", "copies": "repeat", "times": "repeat"]
        let denseNames = shared.merging([
            "out_features": "units", "in_features": "", "size": "units", "width": "units", "neurons": "units", "hidden": "units", "output_dim": "units",
            "bias": "use_bias", "initializer": "kernel_initializer", "weight_init": "kernel_initializer", "init": "kernel_initializer", "input_shape": "",
        ]) { first, _ in first }
        let convolutionNames = shared.merging([
            "out_channels": "filters", "in_channels": "", "channels": "filters", "stride": "strides", "kernel": "kernel_size", "size": "kernel_size",
            "bias": "use_bias", "pad": "padding", "initializer": "kernel_initializer", "units": "filters", "input_shape": "",
        ]) { first, _ in first }
        let poolNames = shared.merging(["stride": "strides", "kernel_size": "pool_size", "size": "pool_size", "pool": "pool_size", "pad": "padding"]) { first, _ in first }
        let pool = [
            name, inputs, copies,
            Key("pool_size", .size2d(1...65_536), default: "2", "Height and width of the window.", example: "pool_size: 2"),
            Key("strides", .size2d(1...65_536), otherwise: "`pool_size`", "Steps from window to window.", example: "strides: 2"),
            padding,
        ]
        return VariantSchema("layer", "One layer of the network.", allowsBareWord: false, variants: [
            Variant(
                "dense", "Every unit reads every input: y = activation(x W + b).", aliases: ["linear", "fully_connected", "fc", "affine"], otherNames: denseNames,
                example: "- { name: h1, type: dense, units: 128, activation: relu }",
                keys: [
                    name, inputs, copies,
                    Key("units", .integer(1...sizeLimit), required: true, "Number of units, the width of the output.", example: "units: 128"),
                    activation, bias, kernelInitializer, biasInitializer, trainable, policyKey, strategy,
                ]),
            Variant(
                "conv2d", "Filters that slide over a picture of height, width, channels.", aliases: ["conv", "convolution", "convolution2d", "convolutional"], otherNames: convolutionNames,
                example: "- { type: conv2d, filters: 32, kernel_size: 3, padding: same, activation: relu }",
                keys: [
                    name, inputs, copies,
                    Key("filters", .integer(1...sizeLimit), required: true, "Number of filters, the channels of the output.", example: "filters: 32"),
                    Key("kernel_size", .size2d(1...65_536), required: true, "Height and width of a filter.", example: "kernel_size: 3"),
                    Key("strides", .size2d(1...65_536), default: "1", "Steps from window to window.", example: "strides: 2"),
                    padding, activation, bias, kernelInitializer, biasInitializer, trainable, policyKey, strategy,
                ]),
            Variant(
                "max_pooling2d", "The largest value of each window.", aliases: ["maxpool", "maxpool2d", "max_pool", "max_pool2d", "maxpooling2d", "max_pooling"], otherNames: poolNames,
                example: "- { type: max_pooling2d, pool_size: 2 }", keys: pool),
            Variant(
                "average_pooling2d", "The mean of each window.", aliases: ["avgpool", "avgpool2d", "avg_pool2d", "averagepooling2d", "average_pooling", "avg_pooling2d", "mean_pooling2d"],
                otherNames: poolNames, example: "- { type: average_pooling2d, pool_size: 2 }", keys: pool),
            Variant("flatten", "Makes one row of each example.", aliases: ["reshape"], otherNames: shared, example: "- { type: flatten }", keys: [name, inputs]),
            Variant(
                "dropout", "Sets a share of its input to zero while training, and scales the rest up.",
                otherNames: shared.merging(["p": "rate", "prob": "rate", "probability": "rate", "keep_prob": "rate", "dropout": "rate"]) { first, _ in first },
                example: "- { type: dropout, rate: 0.5 }",
                keys: [name, inputs, copies, Key("rate", .number(.below(0, 1)), required: true, "The fraction set to zero.", example: "rate: 0.5")]),
            Variant(
                "batch_normalization", "Gives each channel mean 0 and deviation 1 over the batch, then scales and shifts it.", aliases: ["batchnorm", "batch_norm", "batchnorm1d", "batchnorm2d", "bn"],
                otherNames: shared.merging(["eps": "epsilon", "decay": "momentum"]) { first, _ in first },
                example: "- { type: batch_normalization }",
                keys: [
                    name, inputs, copies,
                    Key("momentum", .number(.below(0, 1)), default: "0.99", "How much of the running mean and variance each batch keeps.", example: "momentum: 0.9"),
                    Key("epsilon", .number(.positive(upTo: 1)), default: "0.001", "Added to the variance.", example: "epsilon: 1e-5"),
                    trainable,
                ]),
            Variant(
                "activation", "An activation as a layer of its own.",
                otherNames: shared.merging(["function": "activation"]) { first, _ in first },
                example: "- { type: activation, activation: relu }",
                keys: [name, inputs, Key("activation", .choice(activationWords), required: true, "Which one.", example: "activation: relu")]),
            Variant("add", "The sum of its inputs, which have one shape.", aliases: ["sum", "residual"], otherNames: shared, example: "- { type: add, inputs: [h1, h2] }", keys: [name, manyInputs]),
            Variant(
                "concatenate", "Its inputs side by side, along the last axis.", aliases: ["concat", "cat"], otherNames: shared, example: "- { type: concatenate, inputs: [h1, h2] }",
                keys: [name, manyInputs]),
            Variant("embedding", "A row of a table for each index.", isSupported: false, keys: []),
            Variant("lstm", "Long short-term memory over a sequence.", isSupported: false, keys: []),
            Variant("layer_normalization", "Mean 0 and deviation 1 over each example.", isSupported: false, aliases: ["layernorm", "layer_norm"], keys: []),
            Variant("attention", "Multi-head attention over a sequence.", isSupported: false, keys: []),
        ])
    }
}
