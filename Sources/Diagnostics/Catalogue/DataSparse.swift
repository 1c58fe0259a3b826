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
}
