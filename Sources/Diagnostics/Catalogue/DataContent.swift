extension DiagnosticKind {
    /// Group 03: examples and labels.
    static let dataContentKinds: [DiagnosticKind] = [
        labelOutOfRange, notAClass, classWithoutExamples, nonFiniteValue, badCell, raggedRow, missingColumn,
        columnNamedTwice, labelAmongFeatures, wrongSeparator, badQuotes, lineTooLong, splitShapesDiffer,
        validationTooLarge, constantFeatures, badSyntheticData, unknownDataset, datasetDiffers,
        notXC, badSparseFeature, badSparseLabel, featureOutOfRange, repeatedFeature,
        examplesWithoutLabels, inputNotSparse, sparseInputUnknown, sparseNotNormalized, sparseNotPretrained,
    ]

    public static let labelOutOfRange = DiagnosticKind(
        "NNC0360",
        title: "label out of range",
        explanation: """
            Class numbers run from 0, or from `label_base`, to the number of classes less one. A label outside \
            would index past the end of the output. Labels are looked at once, before training; files that count \
            classes from 1 need `label_base: 1`.
            """,
        wrong: """
            data: { format: csv, train: { features: train.csv }, columns: { label: digit } }   # digits 1…10
            """,
        right: """
            data: { format: csv, train: { features: train.csv }, columns: { label: digit }, label_base: 1 }
            """)

    public static let notAClass = DiagnosticKind(
        "NNC0361",
        title: "label is not a class number",
        explanation: """
            With the loss `cross_entropy` every label must be a whole number. Fractions are targets for `mse`; \
            names must be turned into numbers first.
            """,
        wrong: """
            5.1,3.5,setosa
            """,
        right: """
            5.1,3.5,0
            """)

    public static let classWithoutExamples = DiagnosticKind(
        "NNC0362", .warning,
        title: "class without examples",
        explanation: """
            The training examples hold no example of a class, so the network cannot learn it. Often classes are \
            counted from 1 and `label_base: 1` is missing; then class 0 is the empty one.
            """,
        wrong: """
            columns: { label: digit }   # digits 1…10
            """,
        right: """
            columns: { label: digit }
            label_base: 1
            """)

    public static let nonFiniteValue = DiagnosticKind(
        "NNC0363",
        title: "NaN, infinity or a number too large",
        explanation: """
            One NaN in the features makes the loss NaN in the step that meets it, and the weights from then on. \
            Numbers beyond the range of a 32-bit floating-point number (3.4e38) become infinite.
            """,
        wrong: """
            31,nan,0
            """,
        right: """
            31,1.72,0
            """)

    public static let badCell = DiagnosticKind(
        "NNC0364",
        title: "cell is not a number",
        explanation: """
            Every cell of a csv file, besides the header, must hold a decimal number with a point. Empty cells \
            are not filled in: what a missing value means only you know.
            """,
        wrong: """
            31,"1,72",0
            """,
        right: """
            31,1.72,0
            """)

    public static let raggedRow = DiagnosticKind(
        "NNC0365",
        title: "line with too few or too many cells",
        explanation: """
            Every line of a csv file must have as many cells as the first one. A decimal comma or a separator at \
            the end of the line gives one too many.
            """,
        wrong: """
            age,height,class
            31,1,72,0
            """,
        right: """
            age,height,class
            31,1.72,0
            """)

    public static let missingColumn = DiagnosticKind(
        "NNC0366",
        title: "no such column",
        explanation: """
            `columns` names a column that the csv file does not have. Names are those of the header, exactly; \
            columns can also be given by position, from 0.
            """,
        wrong: """
            columns: { label: clas }
            """,
        right: """
            columns: { label: class }
            """)

    public static let columnNamedTwice = DiagnosticKind(
        "NNC0367",
        title: "several columns of one name",
        explanation: """
            The header of the csv file has the name more than once, so the name does not say which column is \
            meant. Name it by its position, from 0.
            """,
        wrong: """
            columns: { label: class }   # age,class,class
            """,
        right: """
            columns: { label: 2 }
            """)

    public static let labelAmongFeatures = DiagnosticKind(
        "NNC0368",
        title: "label is among the features",
        explanation: """
            A network that is shown the label as a feature learns to copy it, and nothing about the other \
            features.
            """,
        wrong: """
            columns: { label: class, features: [age, class] }
            """,
        right: """
            columns: { label: class, features: [age, height] }
            """)

    public static let wrongSeparator = DiagnosticKind(
        "NNC0369",
        title: "cells are not separated by commas",
        explanation: """
            csv files are read with the comma as separator and the point as decimal sign. Semicolons and tabs \
            have to be turned into commas first.
            """,
        wrong: """
            age;height;class
            31;1,72;0
            """,
        right: """
            age,height,class
            31,1.72,0
            """)

    public static let badQuotes = DiagnosticKind(
        "NNC0370",
        title: "quotes that do not match",
        explanation: """
            A cell that begins with a quote ends with the next single quote, which must be followed by a comma \
            or the end of the line. A quote inside is written twice. Cells that go over several lines are not \
            read.
            """,
        wrong: """
            "a "b" c",1
            """,
        right: """
            "a ""b"" c",1
            """)

    public static let lineTooLong = DiagnosticKind(
        "NNC0371",
        title: "line too long",
        explanation: """
            A line of a csv file holds one example. Lines of more than 67 MB are refused, as a file without line \
            ends would otherwise fill the memory.
            """,
        wrong: """
            (a binary file under the name train.csv)
            """,
        right: """
            31,1.72,0
            45,1.80,1
            """)

    public static let splitShapesDiffer = DiagnosticKind(
        "NNC0372",
        title: "splits have different shapes",
        explanation: """
            Training, validation and test examples go through the same network, so they must have the same shape \
            and the same form of targets; so must several files of one split.
            """,
        wrong: """
            train: { features: images-28x28.npy, labels: a.npy }
            test: { features: images-32x32.npy, labels: b.npy }
            """,
        right: """
            train: { features: train-28x28.npy, labels: a.npy }
            test: { features: test-28x28.npy, labels: b.npy }
            """)

    public static let validationTooLarge = DiagnosticKind(
        "NNC0373",
        title: "split without examples",
        explanation: """
            Validation examples are taken from the training set. Both must keep at least one.
            """,
        wrong: """
            validation: 100%
            """,
        right: """
            validation: 10%
            """)

    public static let constantFeatures = DiagnosticKind(
        "NNC0374", .warning,
        title: "feature that never changes",
        explanation: """
            A feature with the same value in every training example tells nothing. With `normalize: zscore` it \
            becomes 0. Often the wrong column was chosen, or a file holds nothing but zeros.
            """,
        wrong: """
            columns: { label: class, features: [year, age] }   # year is 2024 everywhere
            """,
        right: """
            columns: { label: class, features: [age] }
            """)

    public static let badSyntheticData = DiagnosticKind(
        "NNC0375",
        title: "synthetic data that cannot be made",
        explanation: """
            `blobs` takes any number of features and at least two classes; `spirals` lie in the plane and have 2 \
            features; `rectangles` and `convex` are pictures of 28×28 with two classes; \
            `higgs_like` has 28 features and two classes. Validation examples are split off the made ones.
            """,
        wrong: """
            data:
              format: synthetic
              synthetic: { generator: blobs }
              validation: { features: a.npy, labels: b.npy }
            """,
        right: """
            data:
              format: synthetic
              synthetic: { generator: blobs }
              validation: 10%
            """)

    public static let unknownDataset = DiagnosticKind(
        "NNC0376",
        title: "unknown data set",
        explanation: """
            `dataset:` takes the name of a data set that nnc knows: its files, their sizes and its classes. Any \
            other files are read with `format:`.
            """,
        wrong: """
            data: { dataset: fashion_minst }
            """,
        right: """
            data: { dataset: fashion_mnist }
            """)

    public static let datasetDiffers = DiagnosticKind(
        "NNC0377",
        title: "files are not those of the data set",
        explanation: """
            The files of a known data set were found, but they hold another number of examples, or examples of \
            another shape, than the data set has.
            """,
        wrong: """
            data: { dataset: mnist }   # with 1000 images in data/mnist
            """,
        right: """
            data:
              format: idx
              train: { features: data/mnist/train-images-idx3-ubyte, labels: data/mnist/train-labels-idx1-ubyte }
            """)
}
