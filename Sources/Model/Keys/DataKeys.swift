extension Language {
    static let data = ObjectSchema(
        "`data`", "What the network learns from: a known dataset, files, or made-up examples.",
        otherNames: [
            "name": "dataset", "validation_split": "validation", "val": "validation", "valid": "validation", "dev": "validation",
            "training": "train", "normalization": "normalize", "standardize": "normalize", "type": "format", "max_examples": "limit",
            "batch_size": "train.batch_size", "generator": "synthetic", "zero_based": "feature_base", "index_base": "feature_base",
        ],
        keys: [
            Key("dataset", .choice(knownDatasets), "A dataset whose files, shapes and checksums are built in.", example: "dataset: fashion_mnist"),
            Key("format", .choice(formats), otherwise: "needed unless `dataset` is given", "How the files are written.", example: "format: csv"),
            Key(
                "train", .object(fileSet), otherwise: "needed with a file `format`", only: fileFormats, "The files to learn from.",
                example: "train: { features: train.csv }"),
            Key("test", .object(fileSet), only: fileFormats, "The files that the trained network is measured on.", example: "test: { features: test.csv }"),
            Key(
                "validation", .amountOr(fileSet), otherwise: "no validation",
                "The examples measured after every epoch: a share or a count split off the training set by the seed, or files of their own.",
                example: "validation: 10%"),
            Key(
                "normalize", .choice(ChoiceSet([
                    Choice("unit", "Bytes are divided by 255, other numbers stay as they are.", otherNames: ["minmax", "rescale", "scale"]),
                    Choice("zscore", "Mean 0 and deviation 1, by the training split alone.", otherNames: ["standard", "standardize", "z-score", "standardise"]),
                    Choice("none", "Numbers stay as they are.", otherNames: ["off"]),
                ])), default: "unit", "How features are scaled. Sparse ones stay as they are.", example: "normalize: zscore"),
            Key("columns", .object(columns), only: KeyCondition("format", ["csv"]), "Which columns of a csv file hold what."),
            Key("limit", .integer(1...sizeLimit), otherwise: "all", "At most so many training examples, for a quick trial.", example: "limit: 1000"),
            Key(
                "label_base", .integer(0...1), default: "0", only: KeyCondition("format", fileFormats.words.filter { $0 != "xc" }),
                "What the first class is called in the files: 0 for labels 0…9, 1 for labels 1…10.",
                example: "label_base: 1"),
            Key(
                "feature_base", .integer(0...1), default: "1", only: KeyCondition("format", ["libsvm"]), "What the first feature is called in the files.",
                example: "feature_base: 0"),
            Key("synthetic", .object(synthetic), otherwise: "needed with `format: synthetic`", only: KeyCondition("format", ["synthetic"]), "Which examples to make up."),
        ])

    private static let fileFormats = KeyCondition("format", ["idx", "npy", "csv", "cifar10", "cifar100", "libsvm", "xc"])

    static let knownDatasets = ChoiceSet([
        Choice("fashion_mnist", "70,000 pictures of clothes, 28×28, 10 classes.", otherNames: ["fashion-mnist", "fashionmnist", "fmnist"]),
        Choice("mnist", "70,000 handwritten digits, 28×28, 10 classes."),
        Choice("cifar10", "60,000 colour pictures, 32×32×3, 10 classes.", otherNames: ["cifar", "cifar-10"]),
        Choice("cifar100", "60,000 colour pictures, 32×32×3, 100 classes.", otherNames: ["cifar-100"]),
    ])

    static let formats = ChoiceSet([
        Choice("idx", "The format of MNIST, plain or .gz: features and labels in files of their own.", otherNames: ["mnist", "ubyte"]),
        Choice("npy", "NumPy arrays: features and labels in files of their own.", otherNames: ["numpy"]),
        Choice("csv", "Numbers in a table, plain or .gz, with the label in one column.", otherNames: ["tsv"]),
        Choice("cifar10", "CIFAR-10's binary records.", otherNames: ["cifar"]),
        Choice("cifar100", "CIFAR-100's binary records."),
        Choice("synthetic", "Examples made by a named generator; no files.", otherNames: ["generated", "random"]),
        Choice("libsvm", "Sparse rows `label feature:value …`, plain or .gz; several labels with commas.", otherNames: ["svmlight", "svm_light", "svm"]),
        Choice(
            "xc", "The text format of the extreme-classification repository, plain or .gz: a line `examples features labels`, then sparse rows with lists of labels.",
            otherNames: ["extreme", "xmc"]),
    ])

    static let fileSet = ObjectSchema(
        "a set of files", "The files of one split.",
        otherNames: ["images": "features", "data": "features", "x": "features", "files": "features", "file": "features", "path": "features",
                     "y": "labels", "label": "labels", "targets": "labels"],
        keys: [
            Key("features", .paths, required: true, "The file that holds the examples; several are read one after the other.", example: "features: train-images.gz"),
            Key("labels", .path, otherwise: "needed with idx and npy", "The file that holds the classes, where they are not beside the features.", example: "labels: train-labels.gz"),
        ])

    static let columns = ObjectSchema(
        "`columns`", "Which columns of a csv file hold what.",
        otherNames: ["target": "label", "labels": "label", "feature": "features", "has_header": "header"],
        keys: [
            Key("label", .column, otherwise: "the last column", "The column of the class: its name in the header, or its position from 0.", example: "label: species"),
            Key("features", .list(of: .column, count: 1...sizeLimit), otherwise: "all other columns", "The columns to learn from.", example: "features: [width, height]"),
            Key("header", .flag, otherwise: "found out from the first line", "Whether the first line names the columns.", example: "header: true"),
        ])

    static let synthetic = ObjectSchema(
        "`synthetic`", "Examples made up by the seed, so that a first run needs no data.",
        otherNames: ["type": "generator", "name": "generator", "kind": "generator", "examples": "train", "samples": "train", "n_samples": "train",
                     "n_features": "features", "n_classes": "classes", "centers": "classes", "std": "noise", "train_examples": "train", "test_examples": "test",
                     "n_labels": "labels"],
        keys: [
            Key(
                "generator", .choice(ChoiceSet([
                    Choice("blobs", "Normal clouds, one for each class."),
                    Choice("spirals", "Interleaved spirals in the plane, one for each class.", otherNames: ["spiral", "moons"]),
                    Choice("rectangles", "28×28 outlines: taller than wide, or wider than tall? (Larochelle et al. 2007)", otherNames: ["rectangle"]),
                    Choice("convex", "28×28 white regions: convex or not? (Larochelle et al. 2007)"),
                    Choice("higgs_like", "Decays of particles, or background? 28 numbers as in the HIGGS data set: 21 measured ones and 7 masses computed from them.", otherNames: ["higgs"]),
                    Choice("labels", "Sparse rows with lists of labels, as of documents with tags: some labels and features are frequent, most are rare.", otherNames: ["xc", "extreme", "multilabel"]),
                ])), required: true, "Which task.", example: "generator: spirals"),
            Key("train", .integer(1...100_000_000), default: "2000", "Number of training examples.", example: "train: 5000"),
            Key("test", .integer(1...100_000_000), default: "500", "Number of test examples.", example: "test: 1000"),
            Key(
                "features", .integer(1...1 << 24), otherwise: "2 with `blobs`; needed with `labels`", only: KeyCondition("generator", ["blobs", "labels"]),
                "Number of features; the other tasks fix it.", example: "features: 20"),
            Key("classes", .integer(2...100_000), default: "2", only: KeyCondition("generator", ["blobs", "spirals"]), "Number of classes; the other tasks have two.", example: "classes: 3"),
            Key("noise", .number(.closed(0, 1_000)), default: "0.1", only: KeyCondition("generator", ["blobs", "spirals"]), "Standard deviation of the noise.", example: "noise: 0.2"),
            Key("labels", .integer(1...1 << 24), otherwise: "needed with `labels`", only: onlyLabels, "Number of labels.", example: "labels: 20000"),
            Key("features_per_example", .integer(1...1 << 16), default: "70", only: onlyLabels, "How many features of an example are not zero, on average.", example: "features_per_example: 70"),
            Key("labels_per_example", .number(.closed(1, 16)), default: "2.6", only: onlyLabels, "How many labels an example has, on average.", example: "labels_per_example: 1"),
            Key("prototype_features", .integer(1...1024), default: "12", only: onlyLabels, "How many features each label has for its own.", example: "prototype_features: 12"),
        ])

    private static let onlyLabels = KeyCondition("generator", ["labels"])
}
