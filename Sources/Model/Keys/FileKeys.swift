/// The largest number that a size may have. Whether it can be had in memory is for the estimate to say.
let sizeLimit = 1 << 40

/// The keys of the whole language, version 1: the one table from which the checker, the JSON Schema and the reference are made.
public struct Language: Sendable {
    public let file: ObjectSchema
    let layer: VariantSchema
    let policy: ObjectSchema
    let schemas: [PolicySchema]

    /// - Parameter policies: those that this program has; the table knows none by name.
    public init(policies: [PolicySchema]) {
        schemas = policies
        policy = Language.policySchema(policies)
        layer = Language.layerSchema(policy: policy)
        file = ObjectSchema(
            "the file", "One file describes the data, the network, what each layer may skip, and how to train.",
            otherNames: [
                "dataset": "data", "datasets": "data", "network": "model", "net": "model", "layers": "model", "training": "train",
                "trainer": "train", "optimizer": "train", "loss": "train", "epochs": "train", "batch_size": "train",
                "input": "model", "variables": "x-variables", "random_seed": "seed", "lr": "train.optimizer.learning_rate", "learning_rate": "train.optimizer.learning_rate", "include": "extends", "base": "extends",
            ],
            keys: [
                Key("version", .version, required: true, "The version of this language. There is one so far.", example: "version: 1"),
                Key("name", .text, otherwise: "the name of the file", "What the model is called, in reports and run directories.", example: "name: fashion-mlp"),
                Key("description", .text, "A sentence or two for people who read the file."),
                Key(
                    "seed", .integer(0...Int.max), default: "0",
                    "Starts every random choice: weights, shuffling, the validation split, dropout. The same seed gives the same bits.", example: "seed: 42"),
                Key(
                    "extends", .path,
                    "A base file. A top-level block here replaces the block of the base; `defaults`, `policies` and `x-` keys join entry by entry.",
                    example: "extends: base.yaml"),
                Key(
                    "set", .dottedPaths,
                    "Changes single values of the base by dotted path, layers by name. `--set path=value` on the command line does the same.",
                    example: "set: { model.layers.h1.units: 500 }"),
                Key("data", .object(Language.data), otherwise: "no data: `check`, `estimate` and `graph` still work", "What the network learns from."),
                Key(
                    "defaults", .layerDefaults(layer),
                    "Values for every layer of a type. A value on the layer itself wins; `policy: none` opts out of a policy given here.",
                    example: "defaults: { dense: { activation: relu } }"),
                Key(
                    "policies", .map(of: .object(policy)), "Named policies, which layers use as `policy: name`."),
                Key("model", .object(Language.model(layer)), required: true, "The network."),
                Key("train", .object(Language.train), required: true, "How to train it."),
                Key("output", .object(Language.output), "Where results go."),
                Key("sweep", .anything, isSupported: false, "Several runs from one file."),
            ])
    }

    static let output = ObjectSchema(
        "`output`", "Where results go.",
        otherNames: ["dir": "directory", "path": "directory", "output_dir": "directory", "save_dir": "directory"],
        keys: [
            Key("directory", .path, default: "runs", "Each run makes its own directory below this one.", example: "directory: runs"),
            Key(
                "metrics", .list(of: .choice(ChoiceSet([
                    Choice("jsonl", "One JSON object a line in `metrics.jsonl`."),
                    Choice("csv", "A table in `metrics.csv`: a line each time something was measured, a column for each measure, empty where it was not taken."),
                    Choice("tensorboard", "An event file for TensorBoard.", otherNames: ["tensor_board", "tb", "events"]),
                ])), count: 1...3), default: "[jsonl]", "How the history of the metrics is written. `metrics.jsonl` is there in any case: `nnc inspect` reads it.",
                example: "metrics: [jsonl, tensorboard]"),
            Key(
                "histograms", .span, otherwise: "never", "How often a histogram of each layer's weights goes into the event file.", example: "histograms: 1 epoch"),
            Key(
                "export", .list(of: .choice(ChoiceSet([
                    Choice("safetensors", "Weights under PyTorch's names and in its layout.", otherNames: ["torch", "pytorch", "pt"]), Choice("onnx", "The network for inference."),
                ])), count: 1...2), otherwise: "nothing", "What to write into `export/` when the training is over, as `nnc export` does.", example: "export: [safetensors]"),
        ])

    static func policySchema(_ policies: [PolicySchema]) -> ObjectSchema {
        func slot(_ slot: PolicySpec.Slot, _ summary: String) -> Key {
            let variants = policies.filter { $0.slot == slot }.map(\.variant)
            return Key(
                slot.rawValue,
                .variant(VariantSchema("\(slot.rawValue) policy", summary, allowsBareWord: true, variants: variants)), summary)
        }
        return ObjectSchema(
            "a policy", "What a layer may skip. Each slot holds at most one policy.",
            otherNames: ["gradient": "backward", "units": "neurons", "neuron": "neurons", "gather": "forward", "begin": "start", "warm_up": "start"],
            keys: [
                slot(.forward, "Which units are computed; in pre-training, all of them."),
                slot(.backward, "Which entries of the gradient are kept. Pre-training has no backward pass, and is left as it is."),
                slot(.neurons, "Which units exist."),
                Key("start", .span, default: "0 epochs", "How long to train densely before the policy acts; if it is not from the start, it does not act in pre-training, either.", example: "start: 1 epoch"),
            ])
    }
}
