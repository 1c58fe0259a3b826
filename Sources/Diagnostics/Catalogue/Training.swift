extension DiagnosticKind {
    /// Group 05: training.
    static let trainingKinds: [DiagnosticKind] = [
        crossEntropyNeedsSoftmax, binaryCrossEntropyNeedsSigmoid, softmaxNeedsCrossEntropy, metricDoesNotFit,
        malformedMonitor, metricNotComputed, splitNotThere, hugeLearningRate, warmUpTooLong, batchLargerThanData,
        monitorsTestSplit, patienceTooLong, softmaxOverOneUnit, normalizationOfOneExample, metricTwice,
        scheduleNeverSteps, zeroInterval, outputLayerHasNoUnits, evaluatesNothing, networksAreTheSame,
    ]

    public static let crossEntropyNeedsSoftmax = DiagnosticKind(
        "NNC0501", title: "cross_entropy needs a softmax at the end",
        explanation: """
            Cross entropy compares the right class with shares that sum to one, and softmax makes them. nnc computes both \
            together, which is stable and fast, so the last layer says `softmax`.
            """,
        wrong: """
            - { type: dense, units: 10 }
            # train: { loss: cross_entropy }
            """,
        right: """
            - { type: dense, units: 10, activation: softmax }
            # train: { loss: cross_entropy }
            """)

    public static let binaryCrossEntropyNeedsSigmoid = DiagnosticKind(
        "NNC0502", title: "binary_cross_entropy needs a sigmoid at the end",
        explanation: """
            Binary cross entropy takes each output as a probability of its own, and sigmoid makes it one. nnc computes both \
            together, so the last layer says `sigmoid`.
            """,
        wrong: """
            - { type: dense, units: 10, activation: softmax }
            # train: { loss: binary_cross_entropy }
            """,
        right: """
            - { type: dense, units: 10, activation: sigmoid }
            # train: { loss: binary_cross_entropy }
            """)

    public static let softmaxNeedsCrossEntropy = DiagnosticKind(
        "NNC0503", title: "softmax goes with cross_entropy",
        explanation: """
            Softmax makes shares that sum to one, for one right class; it is computed together with cross entropy and with \
            no other loss.
            """,
        wrong: """
            - { type: dense, units: 10, activation: softmax }
            # train: { loss: mse }
            """,
        right: """
            - { type: dense, units: 10, activation: softmax }
            # train: { loss: cross_entropy }
            """)

    public static let metricDoesNotFit = DiagnosticKind(
        "NNC0504", title: "a metric that does not fit the loss",
        explanation: """
            The metric measures something that a network with this loss does not give: accuracy needs classes, mean squared \
            error has none.
            """,
        wrong: """
            train: { loss: mse, metrics: [accuracy] }
            """,
        right: """
            train: { loss: mse, metrics: [] }
            """)

    public static let malformedMonitor = DiagnosticKind(
        "NNC0505", title: "a monitored metric that is not split.metric",
        explanation: """
            What is watched is written as the split and the metric with a dot between them, as in reports: \
            `validation.accuracy`.
            """,
        wrong: """
            monitor: val_loss
            """,
        right: """
            monitor: validation.loss
            """)

    public static let metricNotComputed = DiagnosticKind(
        "NNC0506", title: "a monitored metric that is not measured",
        explanation: """
            The run would wait for a number that never comes. Add the metric to `train.metrics`, or watch one that is there; \
            `loss` always is.
            """,
        wrong: """
            metrics: [accuracy]
            early_stopping: { monitor: validation.top_5_accuracy }
            """,
        right: """
            metrics: [accuracy, top_5_accuracy]
            early_stopping: { monitor: validation.top_5_accuracy }
            """)

    public static let splitNotThere = DiagnosticKind(
        "NNC0507", title: "a monitored split that the data does not have",
        explanation: """
            There is no validation split, so nothing is measured on it. `data.validation` splits some examples off the \
            training set.
            """,
        wrong: """
            data: { dataset: fashion_mnist }
            # monitor: validation.accuracy
            """,
        right: """
            data: { dataset: fashion_mnist, validation: 10% }
            # monitor: validation.accuracy
            """)

    public static let hugeLearningRate = DiagnosticKind(
        "NNC0508", .warning, title: "a learning rate at which training seldom works",
        explanation: """
            Steps of this size overshoot with almost every network, and the loss becomes not-a-number. Common values are \
            0.01 to 0.5 for sgd, and 0.0001 to 0.01 for adam and its kin.
            """,
        wrong: """
            optimizer: { type: adam, learning_rate: 10 }
            """,
        right: """
            optimizer: { type: adam, learning_rate: 1e-3 }
            """)

    public static let warmUpTooLong = DiagnosticKind(
        "NNC0509", title: "a warm-up longer than the run",
        explanation: """
            The learning rate would still rise when the run ends, and never reach its value.
            """,
        wrong: """
            epochs: 5
            learning_rate_schedule: { type: cosine, warm_up: 10 epochs }
            """,
        right: """
            epochs: 5
            learning_rate_schedule: { type: cosine, warm_up: 1 epoch }
            """)

    public static let batchLargerThanData = DiagnosticKind(
        "NNC0510", .warning, title: "a batch larger than the training set",
        explanation: """
            Each step would take all examples at once, so an epoch is one single step.
            """,
        wrong: """
            data: { format: synthetic, synthetic: { generator: blobs, train: 100 } }
            train: { batch_size: 128 }
            """,
        right: """
            data: { format: synthetic, synthetic: { generator: blobs, train: 100 } }
            train: { batch_size: 16 }
            """)

    public static let monitorsTestSplit = DiagnosticKind(
        "NNC0511", .warning, title: "a choice made by the test split",
        explanation: """
            What is chosen by the test examples looks better on them than it is. Choose by a validation split, and keep the \
            test split for the end.
            """,
        wrong: """
            early_stopping: { monitor: test.accuracy }
            """,
        right: """
            early_stopping: { monitor: validation.accuracy }
            """)

    public static let patienceTooLong = DiagnosticKind(
        "NNC0512", .warning, title: "early stopping that can never stop",
        explanation: """
            The run ends before so many epochs without an improvement could have passed.
            """,
        wrong: """
            epochs: 5
            early_stopping: { monitor: validation.loss, patience: 10 }
            """,
        right: """
            epochs: 5
            early_stopping: { monitor: validation.loss, patience: 2 }
            """)

    public static let softmaxOverOneUnit = DiagnosticKind(
        "NNC0513", title: "softmax over a single unit",
        explanation: """
            The share of one single unit is always 1, so the network could learn nothing. Two classes take two units with \
            softmax, or one with sigmoid and binary_cross_entropy.
            """,
        wrong: """
            - { type: dense, units: 1, activation: softmax }
            """,
        right: """
            - { type: dense, units: 2, activation: softmax }
            """)

    public static let normalizationOfOneExample = DiagnosticKind(
        "NNC0514", .warning, title: "batch normalization over batches of one example",
        explanation: """
            The mean over one example is the example itself, so a dense layer's output becomes zero whatever the input.
            """,
        wrong: """
            train: { batch_size: 1 }   # with a batch_normalization layer
            """,
        right: """
            train: { batch_size: 32 }
            """)

    public static let metricTwice = DiagnosticKind(
        "NNC0515", .warning, title: "a metric that is listed twice",
        explanation: """
            It is measured once.
            """,
        wrong: """
            metrics: [accuracy, accuracy]
            """,
        right: """
            metrics: [accuracy]
            """)

    public static let scheduleNeverSteps = DiagnosticKind(
        "NNC0516", .warning, title: "a schedule whose first step comes after the end",
        explanation: """
            The learning rate stays what it is for the whole run.
            """,
        wrong: """
            epochs: 5
            learning_rate_schedule: { type: step, every: 10 epochs }
            """,
        right: """
            epochs: 5
            learning_rate_schedule: { type: step, every: 2 epochs }
            """)

    public static let zeroInterval = DiagnosticKind(
        "NNC0517", title: "something that is to happen every 0 epochs",
        explanation: """
            An interval is longer than zero. To leave something out, leave out its key.
            """,
        wrong: """
            evaluate: { every: 0 epochs }
            """,
        right: """
            evaluate: { every: 1 epoch }
            """)

    public static let outputLayerHasNoUnits = DiagnosticKind(
        "NNC0518", title: "an output layer that only passes things on",
        explanation: """
            Dropout as the last layer would hide outputs from the loss at random.
            """,
        wrong: """
            - { type: dense, units: 10, activation: softmax }
            - { type: dropout, rate: 0.5 }
            """,
        right: """
            - { type: dropout, rate: 0.5 }
            - { type: dense, units: 10, activation: softmax }
            """)

    public static let evaluatesNothing = DiagnosticKind(
        "NNC0519", .warning, title: "evaluation without a validation split",
        explanation: """
            `evaluate` says when the validation split is measured, and the data has none.
            """,
        wrong: """
            data: { dataset: fashion_mnist }
            # evaluate: { every: 1 epoch }
            """,
        right: """
            data: { dataset: fashion_mnist, validation: 10% }
            # evaluate: { every: 1 epoch }
            """)

    public static let networksAreTheSame = DiagnosticKind(
        "NNC0520", .warning, title: "two names for one network",
        explanation: """
            `evaluate.with` says whether the network is measured with all units (`dense`) or with those that the policies for \
            `forward` choose (`policy`). Without such a policy both are the same network, and it is measured once.
            """,
        wrong: """
            evaluate: { with: [policy, dense] }
            # policies: { lean: { neurons: shrink_recall } }
            """,
        right: """
            evaluate: { with: [policy, dense] }
            # policies: { fast: { forward: hash_gather } }
            """)
}
