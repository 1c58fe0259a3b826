// Group 03: text files of sparse examples. They stand in the list of `DataContent.swift`.
extension DiagnosticKind {
    public static let notXC = DiagnosticKind(
        "NNC0378",
        title: "not a file of the extreme-classification format",
        explanation: """
            A file in the format of the extreme-classification repository begins with a line of three whole \
            numbers: how many examples, features and labels there are. Without it nothing in the file can be \
            checked. A file that begins with its first example is in the format of LIBSVM.
            """,
        wrong: """
            3,17 0:0.25 4:1.5
            """,
        right: """
            1 5 20
            3,17 0:0.25 4:1.5
            """)

    public static let badSparseFeature = DiagnosticKind(
        "NNC0379",
        title: "not a feature and its value",
        explanation: """
            A line of a sparse file holds labels, separated by commas, and behind them, separated by spaces, the \
            features that are not zero: the number of the feature, a colon, and a decimal number with a point. No space \
            stands around the colon. Groups of examples (`qid:`) are not read.
            """,
        wrong: """
            3,17 0 0.25 4:1,5
            """,
        right: """
            3,17 0:0.25 4:1.5
            """)

    public static let badSparseLabel = DiagnosticKind(
        "NNC0380",
        title: "not a label",
        explanation: """
            The labels of a line of a sparse file are whole numbers from 0, with commas between them and no spaces. \
            A line without labels begins with a space. Fractions, as targets of a regression, and names are not read.
            """,
        wrong: """
            3, 17 0:0.25 4:1.5
            """,
        right: """
            3,17 0:0.25 4:1.5
            """)

    public static let featureOutOfRange = DiagnosticKind(
        "NNC0381",
        title: "feature out of range",
        explanation: """
            Features of the extreme-classification format run from 0 to the number in the header less one; those of \
            LIBSVM are counted from 1, unless the file is said to count them from 0. A feature outside would have no weights.
            """,
        wrong: """
            1 5 20
            3,17 1:0.25 5:1.5
            """,
        right: """
            1 5 20
            3,17 0:0.25 4:1.5
            """)

    public static let repeatedFeature = DiagnosticKind(
        "NNC0382",
        title: "feature or label twice in a line",
        explanation: """
            A feature has one value in an example. Where a line names it twice, only you know which one is meant, or whether \
            they are to be added. A label twice is a mistake of the program that wrote the file.
            """,
        wrong: """
            3,17 0:0.25 0:1.5
            """,
        right: """
            3,17 0:1.75
            """)

    public static let examplesWithoutLabels = DiagnosticKind(
        "NNC0383", .warning,
        title: "examples without labels",
        explanation: """
            With `cross_entropy` the labels of an example share a probability of one. Where there are none, the example has a loss of \
            zero and no gradient: it takes time and teaches nothing. With `binary_cross_entropy` such an example says that no label is its own.
            """,
        wrong: """
            2 5 20
            3,17 0:0.25 4:1.5
             1:0.5
            """,
        right: """
            1 5 20
            3,17 0:0.25 4:1.5
            """)

    public static let inputNotSparse = DiagnosticKind(
        "NNC0384",
        title: "sparse input from data that are not sparse",
        explanation: """
            `sparse: true` says that examples are given by what of them is not zero. The formats `xc` and `libsvm` do so, and the generator \
            `labels`. Other data hold all numbers of an example, and are read as such.
            """,
        wrong: """
            data: { format: csv, train: { features: train.csv } }
            model:
              input: { shape: [784], sparse: true }
            """,
        right: """
            data: { format: csv, train: { features: train.csv } }
            model:
              input: { shape: [784] }
            """)

    public static let sparseInputUnknown = DiagnosticKind(
        "NNC0385",
        title: "sparse examples of unknown length",
        explanation: """
            What a step on sparse examples costs, in time and in memory, goes by how many of their features are not zero. Only data can say \
            that; made-up ones of the same size will do for an estimate.
            """,
        wrong: """
            # no data
            model:
              input: { shape: [50000], sparse: true }
            """,
        right: """
            data: { format: synthetic, synthetic: { generator: labels, features: 50000, labels: 20000, features_per_example: 70 } }
            model:
              input: { shape: [50000], sparse: true }
            """)

    public static let sparseNotNormalized = DiagnosticKind(
        "NNC0386",
        title: "normalization that would fill sparse examples",
        explanation: """
            `normalize: zscore` takes the mean off every feature, so that what was zero no longer is: a row of 70 numbers would become one of \
            50,000. `unit` and `none` leave sparse examples as they are in the file.
            """,
        wrong: """
            data: { format: xc, train: { features: train.txt }, normalize: zscore }
            """,
        right: """
            data: { format: xc, train: { features: train.txt } }
            """)

    public static let sparseNotPretrained = DiagnosticKind(
        "NNC0387",
        title: "pre-training on sparse examples",
        explanation: """
            A restricted Boltzmann machine reconstructs every feature of an example, also those that are zero. On sparse examples that \
            would take as long as on dense ones.
            """,
        wrong: """
            data: { format: xc, train: { features: train.txt } }
            # train: { pretrain: { type: rbm } }
            """,
        right: """
            data: { format: xc, train: { features: train.txt } }
            # train: without `pretrain`
            """)
}
