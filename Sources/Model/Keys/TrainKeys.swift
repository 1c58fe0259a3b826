extension Language {
    static let train = ObjectSchema(
        "`train`", "How to train.",
        otherNames: [
            "lr": "optimizer.learning_rate", "learning_rate": "optimizer.learning_rate", "momentum": "optimizer.momentum", "weight_decay": "optimizer.weight_decay",
            "num_epochs": "epochs", "n_epochs": "epochs", "max_epochs": "epochs", "batch": "batch_size", "bs": "batch_size", "criterion": "loss", "objective": "loss",
            "optim": "optimizer", "scheduler": "learning_rate_schedule", "lr_scheduler": "learning_rate_schedule", "schedule": "learning_rate_schedule",
            "validation_split": "data.validation", "seed": "the top-level `seed`", "callbacks": "early_stopping", "device": "threads", "num_workers": "threads", "nan": "on_nan",
        ],
        keys: [
            Key("epochs", .integer(1...1_000_000), required: true, "How many times training goes through the training set.", example: "epochs: 10"),
            Key("batch_size", .integer(1...16_777_216), default: "32", "Examples per step.", example: "batch_size: 128"),
            Key("loss", .choice(losses), required: true, "What training makes small.", example: "loss: cross_entropy"),
            Key("optimizer", .variant(optimizer), required: true, "How weights follow the gradient.", example: "optimizer: { type: adam, learning_rate: 1e-3 }"),
            Key(
                "metrics", .list(of: .choice(metricWords), count: 0...16), otherwise: "[accuracy] with cross_entropy, nothing else otherwise",
                "What is measured on each split, beside the loss.", example: "metrics: [accuracy]"),
            Key("learning_rate_schedule", .variant(schedule), default: "constant", "How the learning rate changes over the run.", example: "learning_rate_schedule: { type: step, every: 10 epochs, factor: 0.5 }"),
            Key("pretrain", .variant(pretrain), otherwise: "none", "Layer-wise training before the run.", example: "pretrain: { type: rbm, epochs: 5, learning_rate: 0.05 }"),
            Key("early_stopping", .object(earlyStopping), otherwise: "never", "Ends the run when a metric no longer gets better."),
            Key("checkpoint", .object(checkpoint), otherwise: "at the end of each epoch, but not more than once a second, and the newest one stays", "Saves all that the run needs to go on later: `nnc train --resume`."),
            Key("evaluate", .object(evaluate), "When the validation split is measured, and which network."),
            Key(
                "curriculum", .object(curriculum), otherwise: "all classes from the start", "Trains on some of the classes first.",
                example: "curriculum: { classes: [0, 1, 2, 3, 4], for: 5 epochs }"),
            Key(
                "on_nan", .choice(ChoiceSet([
                    Choice("stop", "The run ends, and the step, the layer and its line are named.", otherNames: ["raise", "error", "halt"]),
                    Choice("continue", "The run goes on.", otherNames: ["ignore", "skip"]),
                ])), default: "stop", "What happens when the loss is no longer a number."),
            Key("max_time", .duration, otherwise: "no limit", "Training ends after this time.", example: "max_time: 30 minutes"),
            Key("threads", .integer(1...1024), otherwise: "one for each processor", "How many threads work on a step.", example: "threads: 2"),
            Key(
                "mode", .choice(ChoiceSet([
                    Choice("synchronous", "All threads work on one batch, then the weights change."),
                    Choice("asynchronous", "Each thread takes its own batches and changes the weights that all share, without locks (Hogwild). Runs are not repeatable to the bit.", otherNames: ["async", "hogwild"]),
                ])), default: "synchronous", "How threads share the work."),
            Key("deterministic", .flag, default: "true", "The same seed gives the same bits with any number of threads."),
        ])

    static let losses = ChoiceSet([
        Choice(
            "cross_entropy", "One class for each example; the output layer is a softmax.",
            otherNames: ["categorical_crossentropy", "sparse_categorical_crossentropy", "crossentropy", "crossentropyloss", "nll", "nll_loss", "log_loss", "categorical_cross_entropy"]),
        Choice("binary_cross_entropy", "Each unit is a yes or no of its own; the output layer is a sigmoid.", otherNames: ["binary_crossentropy", "bce", "bceloss", "bcewithlogitsloss"]),
        Choice("mse", "Mean squared error.", otherNames: ["mean_squared_error", "mseloss", "l2"]),
    ])

    static let metricWords = ChoiceSet([
        Choice("loss", "The loss; always measured."),
        Choice("accuracy", "The share of examples whose largest output is the right class.", otherNames: ["acc", "categorical_accuracy", "sparse_categorical_accuracy"]),
        Choice("top_5_accuracy", "The share of examples whose class is among the five largest outputs.", otherNames: ["top5", "top_5", "top_k_categorical_accuracy"]),
        Choice("precision_at_1", "The share of right labels among the largest output.", otherNames: ["p@1"]),
        Choice("precision_at_3", "The share of right labels among the three largest outputs.", otherNames: ["p@3"]),
        Choice("precision_at_5", "The share of right labels among the five largest outputs.", otherNames: ["p@5"]),
        Choice("auc", "The area under the ROC curve: of class 1 where there are two classes, else the mean over the classes, each against the rest.", otherNames: ["roc_auc", "auroc"]),
    ])

    static let optimizer: VariantSchema = {
        func learningRate(_ text: String) -> Key {
            Key("learning_rate", .number(.positive(upTo: 1_000)), default: text, "The size of a step.", example: "learning_rate: \(text)")
        }
        func decay(_ text: String) -> Key {
            Key("weight_decay", .number(.closed(0, 1)), default: text, "Pulls weights towards zero.", example: "weight_decay: 1e-4")
        }
        func epsilon() -> Key { Key("epsilon", .number(.positive(upTo: 1)), default: "1e-7", "Keeps the division from zero.") }
        let names = ["lr": "learning_rate", "rate": "learning_rate", "step_size": "learning_rate", "eps": "epsilon", "l2": "weight_decay", "wd": "weight_decay", "name": "type"]
        let momentum = Key("momentum", .number(.below(0, 1)), default: "0.9", "How much of the last step is kept.", example: "momentum: 0.9")
        let betas = [
            Key("beta_1", .number(.below(0, 1)), default: "0.9", "Decay of the mean of the gradient."),
            Key("beta_2", .number(.below(0, 1)), default: "0.999", "Decay of the mean of its square."),
        ]
        let adamNames = names.merging(["beta1": "beta_1", "beta2": "beta_2", "betas": "two keys, `beta_1` and `beta_2`,"]) { first, _ in first }
        return VariantSchema("optimizer", "How weights follow the gradient.", allowsBareWord: true, variants: [
            Variant("sgd", "w ← w − learning_rate · g", otherNames: names, example: "optimizer: { type: sgd, learning_rate: 0.1 }", keys: [learningRate("0.01"), decay("0")]),
            Variant("momentum", "Keeps a running sum of the gradients.", aliases: ["sgd_momentum", "sgdm"], otherNames: names, example: "optimizer: { type: momentum, learning_rate: 0.01, momentum: 0.9 }", keys: [learningRate("0.01"), momentum, decay("0")]),
            Variant("nesterov", "Momentum that looks ahead.", aliases: ["nag"], otherNames: names, example: "optimizer: { type: nesterov, learning_rate: 0.01, momentum: 0.9 }", keys: [learningRate("0.01"), momentum, decay("0")]),
            Variant("adagrad", "Divides by the root of the sum of squares.", otherNames: names, example: "optimizer: { type: adagrad, learning_rate: 0.01 }", keys: [learningRate("0.001"), epsilon(), decay("0")]),
            Variant(
                "rmsprop", "Divides by the root of the mean of squares.", otherNames: names.merging(["alpha": "rho", "decay": "rho"]) { first, _ in first },
                example: "optimizer: { type: rmsprop, learning_rate: 0.001 }",
                keys: [learningRate("0.001"), Key("rho", .number(.below(0, 1)), default: "0.9", "Decay of the mean of squares."), epsilon(), decay("0")]),
            Variant("adam", "Means of the gradient and of its square, corrected for the start.", otherNames: adamNames, example: "optimizer: adam", keys: [learningRate("0.001")] + betas + [epsilon(), decay("0")]),
            Variant("adamw", "Adam whose weight decay does not pass through the means.", otherNames: adamNames, example: "optimizer: { type: adamw, weight_decay: 0.01 }", keys: [learningRate("0.001")] + betas + [epsilon(), decay("0.004")]),
        ])
    }()

    static let schedule = VariantSchema("learning-rate schedule", "How the learning rate changes over the run.", allowsBareWord: true, variants: [
        Variant("constant", "It does not.", aliases: ["none", "fixed"], example: "learning_rate_schedule: constant", keys: []),
        Variant(
            "step", "Multiplied by `factor` after every `every`.", aliases: ["steplr", "step_decay", "exponential"],
            otherNames: ["gamma": "factor", "step_size": "every", "decay": "factor", "rate": "factor"],
            example: "learning_rate_schedule: { type: step, every: 10 epochs, factor: 0.5 }",
            keys: [
                Key("every", .span, required: true, "How long each level lasts.", example: "every: 10 epochs"),
                Key("factor", .number(.positive(upTo: 1)), default: "0.1", "What the learning rate is multiplied by.", example: "factor: 0.5"),
            ]),
        Variant(
            "cosine", "Up from zero over `warm_up`, then down half a cosine to `minimum` at the end of the run.", aliases: ["cosineannealinglr", "cosine_annealing", "cosine_decay"],
            otherNames: ["warmup": "warm_up", "warmup_steps": "warm_up", "warmup_epochs": "warm_up", "eta_min": "minimum", "min_lr": "minimum", "min": "minimum"],
            example: "learning_rate_schedule: { type: cosine, warm_up: 1 epoch }",
            keys: [
                Key("warm_up", .span, default: "0 epochs", "How long it rises.", example: "warm_up: 1 epoch"),
                Key("minimum", .number(.closed(0, 1_000)), default: "0", "The learning rate at the end."),
            ]),
    ])

    static let pretrain = VariantSchema("pre-training", "Trains layer by layer, without labels, before the run. Each policy for `neurons` says whether it acts in it.", allowsBareWord: true, variants: [
        Variant(
            "rbm", "Each dense layer below the output learns as a restricted Boltzmann machine, by contrastive divergence, from what the layers below it make of the data. The layers need `activation: sigmoid`.",
            aliases: ["dbn", "restricted_boltzmann_machine", "contrastive_divergence"],
            otherNames: ["lr": "learning_rate", "k": "cd", "cd_k": "cd", "steps": "cd", "num_epochs": "epochs", "batch": "batch_size", "l2": "weight_decay", "input": "visible", "units": "visible"],
            example: "pretrain: { type: rbm, epochs: 5, cd: 1, learning_rate: 0.05, visible: bernoulli }",
            keys: [
                Key("epochs", .integer(1...1_000_000), default: "5", "How many times each layer goes through the training set.", example: "epochs: 5"),
                Key("cd", .integer(1...1000), default: "1", "Steps of the chain from the data to the reconstruction.", example: "cd: 1"),
                Key("learning_rate", .number(.positive(upTo: 1_000)), default: "0.05", "The size of a step; Gaussian units need a smaller one.", example: "learning_rate: 0.05"),
                Key("momentum", .number(.below(0, 1)), default: "0.5", "How much of the last step is kept.", example: "momentum: 0.5"),
                Key("weight_decay", .number(.closed(0, 1)), default: "0", "Pulls weights towards zero.", example: "weight_decay: 2e-4"),
                Key("batch_size", .integer(1...16_777_216), otherwise: "that of `train`", "Examples per step.", example: "batch_size: 100"),
                Key(
                    "visible", .choice(ChoiceSet([
                        Choice("bernoulli", "Numbers between 0 and 1, as `normalize: unit` makes them.", otherNames: ["binary"]),
                        Choice("gaussian", "Numbers of mean 0 and variance 1, as `normalize: zscore` makes them.", otherNames: ["normal", "real", "linear"]),
                    ])), default: "bernoulli", "What the input of the first layer is made of.", example: "visible: gaussian"),
            ])
    ])

    static let earlyStopping = ObjectSchema(
        "`early_stopping`", "Ends the run when a metric no longer gets better.",
        otherNames: ["metric": "monitor", "minimum_delta": "min_delta", "delta": "min_delta", "wait": "patience", "mode": ""],
        keys: [
            Key("monitor", .monitor, required: true, "The split and the metric to watch.", example: "monitor: validation.accuracy"),
            Key("patience", .integer(1...1_000_000), default: "5", "So many epochs without getting better.", example: "patience: 5"),
            Key("min_delta", .number(.closed(0)), default: "0", "A change below this does not count.", example: "min_delta: 0.001"),
        ])

    static let checkpoint = ObjectSchema(
        "`checkpoint`", "Saves all that the run needs to go on later: `nnc train --resume`.", otherNames: ["period": "every", "save_best_only": "best", "monitor": "best", "keep_last": "keep"],
        keys: [
            Key("every", .span, default: "1 epoch", "How often.", example: "every: 1 epoch"),
            Key("keep", .integer(1...1_000_000), default: "3", "So many of the newest stay.", example: "keep: 3"),
            Key("best", .monitor, otherwise: "none is kept for being best", "Also keeps the one with the best metric.", example: "best: validation.accuracy"),
        ])

    static let curriculum = ObjectSchema(
        "`curriculum`",
        "At first only examples of some classes are trained on. An epoch is as long as ever: it goes through them again and again. Validation and test always have all classes.",
        otherNames: ["labels": "classes", "first": "classes", "epochs": "for", "duration": "for", "until": "for", "length": "for"],
        keys: [
            Key("classes", .list(of: .integer(0...100_000), count: 1...sizeLimit), required: true, "The numbers of these classes, from 0.", example: "classes: [0, 1, 2, 3, 4]"),
            Key("for", .span, required: true, "How long; all classes follow.", example: "for: 5 epochs"),
        ])

    static let evaluate = ObjectSchema(
        "`evaluate`", "When the validation split is measured, and which network.", otherNames: ["frequency": "every", "interval": "every"],
        keys: [
            Key("every", .span, default: "1 epoch", "How often.", example: "every: 1 epoch"),
            Key(
                "with", .list(of: .choice(ChoiceSet([Choice("dense", "All units are computed."), Choice("policy", "The policies for `forward` choose, as in training.")])), count: 1...2),
                otherwise: "as `inference` of each policy says", "Which networks are measured, on all splits; of two, the first decides what is best.", example: "with: [policy, dense]"),
        ])
}
