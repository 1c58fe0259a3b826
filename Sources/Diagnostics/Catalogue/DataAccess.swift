extension DiagnosticKind {
    /// Group 06: finding and opening data files.
    static let dataAccessKinds: [DiagnosticKind] = [
        missingDataFile, unreadableDataFile, dataFileIsDirectory, emptyDataFile, damagedDataFile,
        datasetNotFound, checksumDiffers, dataTooLarge,
    ]

    public static let missingDataFile = DiagnosticKind(
        "NNC0601",
        title: "data file missing",
        explanation: """
            There is no file under this name. Paths in a model file are relative to the file they stand in; data \
            files are looked up before training, all of them.
            """,
        wrong: """
            train: { features: imgaes.npy, labels: labels.npy }
            """,
        right: """
            train: { features: images.npy, labels: labels.npy }
            """)

    public static let unreadableDataFile = DiagnosticKind(
        "NNC0602",
        title: "data file cannot be read",
        explanation: """
            The file is there and the system does not let it be read, or it is a device or a pipe, which has no \
            size that could be checked.
            """,
        wrong: """
            train: { features: /dev/stdin, labels: labels.npy }
            """,
        right: """
            train: { features: images.npy, labels: labels.npy }
            """)

    public static let dataFileIsDirectory = DiagnosticKind(
        "NNC0603",
        title: "directory in place of a data file",
        explanation: """
            Data files are named one by one: a directory does not say which of its files are meant, and in which \
            order.
            """,
        wrong: """
            train: { features: data/, labels: labels.npy }
            """,
        right: """
            train: { features: data/images.npy, labels: labels.npy }
            """)

    public static let emptyDataFile = DiagnosticKind(
        "NNC0604",
        title: "empty data file",
        explanation: """
            The file holds no byte. Often a download or a program that should have written it failed.
            """,
        wrong: """
            train: { features: empty.csv }
            """,
        right: """
            train: { features: train.csv }
            """)

    public static let damagedDataFile = DiagnosticKind(
        "NNC0605",
        title: "damaged packed file",
        explanation: """
            The file is packed with gzip, and it ends in the middle, or what comes out of it does not have the \
            checksum that went in.
            """,
        wrong: """
            head -c 1000000 images.npy.gz > copy.npy.gz
            """,
        right: """
            cp images.npy.gz copy.npy.gz
            """)

    public static let datasetNotFound = DiagnosticKind(
        "NNC0606",
        title: "known data set not on this machine",
        explanation: """
            nnc never downloads. The files of a known data set are looked for in the directories of `$NNC_DATA`, \
            `data` and `/usr/share/datasets`; the message lists where it looked.
            """,
        wrong: """
            data: { dataset: fashion_mnist }
            """,
        right: """
            apt-get install dataset-fashion-mnist
            """)

    public static let checksumDiffers = DiagnosticKind(
        "NNC0607", .warning,
        title: "file is not the published one",
        explanation: """
            The file has the name of a published file of the data set, and another SHA-256. Its sizes are right, \
            so it can be read, but results will not be those that others get.
            """,
        wrong: """
            data/mnist/train-images-idx3-ubyte.gz (made by someone else)
            """,
        right: """
            data/mnist/train-images-idx3-ubyte.gz (as published)
            """)

    public static let dataTooLarge = DiagnosticKind(
        "NNC0608",
        title: "data do not fit into memory",
        explanation: """
            nnc keeps all examples in memory: one byte for each number where the file has bytes, four otherwise. \
            `nnc estimate` says how much that is.
            """,
        wrong: """
            train: { features: all-of-it.csv }
            """,
        right: """
            train: { features: a-tenth-of-it.csv }
            """)
}
