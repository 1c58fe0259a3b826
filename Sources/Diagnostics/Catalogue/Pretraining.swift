extension DiagnosticKind {
    /// Group 05: training layer by layer before the run.
    static let pretrainingKinds: [DiagnosticKind] = [
        pretrainNeedsDense, pretrainNeedsSigmoid, nothingToPretrain, gaussianNeedsZscore, bernoulliNeedsShares,
    ]

    public static let pretrainNeedsDense = DiagnosticKind(
        "NNC0540", title: "pre-training through a layer that is not dense",
        explanation: """
            Pre-training makes a restricted Boltzmann machine of each dense layer below the output, one on top of the other: what it \
            learns for one layer is made of the units of the layer right below. `flatten` and `dropout` change nothing of that and may \
            stand in between. Convolution, pooling, normalization and layers with several inputs may not.
            """,
        wrong: """
            - { name: h1, type: dense, units: 500, activation: sigmoid }
            - { type: batch_normalization }
            - { name: out, type: dense, units: 10, activation: softmax }
            # train: { pretrain: rbm }
            """,
        right: """
            - { name: h1, type: dense, units: 500, activation: sigmoid }
            - { name: out, type: dense, units: 10, activation: softmax }
            # train: { pretrain: rbm }
            """)

    public static let pretrainNeedsSigmoid = DiagnosticKind(
        "NNC0541", title: "pre-training a layer whose activation is not sigmoid",
        explanation: """
            The hidden units of a restricted Boltzmann machine are on or off, and the sigmoid of what a unit receives is the probability \
            that it is on. With another activation the weights would be learnt for a network that is not the one that is trained afterwards.
            """,
        wrong: """
            - { name: h1, type: dense, units: 500, activation: relu }
            # train: { pretrain: rbm }
            """,
        right: """
            - { name: h1, type: dense, units: 500, activation: sigmoid }
            # train: { pretrain: rbm }
            """)

    public static let nothingToPretrain = DiagnosticKind(
        "NNC0542", title: "pre-training without a layer for it",
        explanation: """
            Pre-training is for the dense layers below the output layer. The network has none, or none of them is trainable.
            """,
        wrong: """
            layers:
              - { name: out, type: dense, units: 10, activation: softmax }
            # train: { pretrain: rbm }
            """,
        right: """
            layers:
              - { name: h1, type: dense, units: 500, activation: sigmoid }
              - { name: out, type: dense, units: 10, activation: softmax }
            # train: { pretrain: rbm }
            """)

    public static let gaussianNeedsZscore = DiagnosticKind(
        "NNC0543", .warning, title: "Gaussian visible units on data that are not normalized",
        explanation: """
            A Gaussian visible unit expects numbers of mean zero and variance one, which `normalize: zscore` makes. With other numbers \
            the layer mostly learns how large they are.
            """,
        wrong: """
            data: { dataset: fashion_mnist }
            # train: { pretrain: { type: rbm, visible: gaussian } }
            """,
        right: """
            data: { dataset: fashion_mnist, normalize: zscore }
            # train: { pretrain: { type: rbm, visible: gaussian } }
            """)

    public static let bernoulliNeedsShares = DiagnosticKind(
        "NNC0544", title: "Bernoulli visible units on data that are not between 0 and 1",
        explanation: """
            A Bernoulli visible unit takes a number between 0 and 1, as the probability that it is on. `normalize: unit` makes such \
            numbers of bytes; `normalize: zscore` makes numbers of mean zero, for which there are Gaussian visible units.
            """,
        wrong: """
            data: { dataset: fashion_mnist, normalize: zscore }
            # train: { pretrain: { type: rbm, visible: bernoulli } }
            """,
        right: """
            data: { dataset: fashion_mnist, normalize: zscore }
            # train: { pretrain: { type: rbm, visible: gaussian } }
            """)
}
