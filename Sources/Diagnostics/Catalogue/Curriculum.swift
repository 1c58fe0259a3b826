extension DiagnosticKind {
    /// Group 05: training on some classes first.
    static let curriculumKinds: [DiagnosticKind] = [curriculumNeedsClasses, noSuchClass, curriculumNeverEnds, classTwice, noExampleOfClasses]

    public static let curriculumNeedsClasses = DiagnosticKind(
        "NNC0550", title: "a curriculum of classes without classes",
        explanation: """
            `curriculum` chooses examples by their class. Only with `cross_entropy` has each example one class, and only where \
            no example has a list of labels.
            """,
        wrong: """
            loss: mse
            curriculum: { classes: [0, 1], for: 2 epochs }
            """,
        right: """
            loss: cross_entropy
            curriculum: { classes: [0, 1], for: 2 epochs }
            """)

    public static let noSuchClass = DiagnosticKind(
        "NNC0551", title: "a class that does not exist",
        explanation: """
            Classes are numbered from 0, whatever they are called in the files. The last dense layer has one unit for each.
            """,
        wrong: """
            - { name: out, type: dense, units: 10, activation: softmax }
            # curriculum: { classes: [1, 10], for: 2 epochs }
            """,
        right: """
            - { name: out, type: dense, units: 10, activation: softmax }
            # curriculum: { classes: [1, 9], for: 2 epochs }
            """)

    public static let curriculumNeverEnds = DiagnosticKind(
        "NNC0552", .warning, title: "a curriculum as long as the run",
        explanation: """
            The other classes come after it, and there is nothing after it. The network will not know them.
            """,
        wrong: """
            epochs: 5
            curriculum: { classes: [0, 1], for: 5 epochs }
            """,
        right: """
            epochs: 10
            curriculum: { classes: [0, 1], for: 5 epochs }
            """)

    public static let classTwice = DiagnosticKind(
        "NNC0553", .warning, title: "a class that is listed twice",
        explanation: """
            Its examples are taken once, like those of the others.
            """,
        wrong: """
            curriculum: { classes: [0, 1, 1], for: 2 epochs }
            """,
        right: """
            curriculum: { classes: [0, 1], for: 2 epochs }
            """)

    public static let noExampleOfClasses = DiagnosticKind(
        "NNC0554", title: "a curriculum of classes that the training set does not have",
        explanation: """
            Found once the data are read: no training example is of one of these classes, so there is nothing to begin with.
            """,
        wrong: """
            data: { dataset: fashion_mnist, limit: 1 }
            # curriculum: { classes: [0], for: 2 epochs }
            """,
        right: """
            data: { dataset: fashion_mnist }
            # curriculum: { classes: [0], for: 2 epochs }
            """)
}
