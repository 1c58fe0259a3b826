extension DiagnosticKind {
    /// Group 03: what is in the files of a data set.
    static let dataFileKinds: [DiagnosticKind] = [
        notIDX, notNPY, notCIFAR, unknownNumberType, fortranOrder, dataFileTooShort, dataFileTooLong,
        badDataShape, labelCountDiffers, labelsNotNamed, labelsNotApart, noExamples,
    ]

    public static let notIDX = DiagnosticKind(
        "NNC0340",
        title: "not an idx file",
        explanation: """
            An idx file, the format of MNIST, begins with two zero bytes, a byte for the type of its numbers and \
            a byte for the number of its dimensions. This one does not. Often it is in another format, or a page \
            of HTML that a download left in its place.
            """,
        wrong: """
            data:
              format: idx
              train: { features: train.csv, labels: labels.idx }
            """,
        right: """
            data:
              format: csv
              train: { features: train.csv }
              columns: { label: class }
            """)

    public static let notNPY = DiagnosticKind(
        "NNC0341",
        title: "not an npy file",
        explanation: """
            An npy file begins with the byte 0x93 and `NUMPY`, and its header is a Python dictionary with the \
            entries `descr`, `fortran_order` and `shape`. Arrays of records or of objects, and .npz archives, \
            are not read.
            """,
        wrong: """
            train: { features: images.npz, labels: labels.npy }
            """,
        right: """
            train: { features: images.npy, labels: labels.npy }
            """)

    public static let notCIFAR = DiagnosticKind(
        "NNC0342",
        title: "not a CIFAR file",
        explanation: """
            The binary files of CIFAR-10 are records of 3073 bytes, those of CIFAR-100 of 3074, and nothing \
            else, so their size is a multiple of that. The Python version (pickles) and the packed archive are \
            not read.
            """,
        wrong: """
            data: { format: cifar10, train: { features: cifar-10-binary.tar.gz } }
            """,
        right: """
            data: { format: cifar10, train: { features: [data_batch_1.bin, data_batch_2.bin] } }
            """)

    public static let unknownNumberType = DiagnosticKind(
        "NNC0343",
        title: "numbers of a type that is not read",
        explanation: """
            Arrays of whole numbers (8 to 64 bits), of Float32 and of Float64 are read. Others, such as complex \
            numbers, texts, dates and half-precision numbers, have to be converted first.
            """,
        wrong: """
            numpy.save("x.npy", x.astype(numpy.complex64))
            """,
        right: """
            numpy.save("x.npy", x.astype(numpy.float32))
            """)

    public static let fortranOrder = DiagnosticKind(
        "NNC0344",
        title: "array in Fortran order",
        explanation: """
            NumPy can store an array with its first dimension as the fastest one. The numbers of an example then \
            lie far apart in the file. nnc reads arrays in C order only.
            """,
        wrong: """
            numpy.save("x.npy", x.T)
            """,
        right: """
            numpy.save("x.npy", numpy.ascontiguousarray(x.T))
            """)

    public static let dataFileTooShort = DiagnosticKind(
        "NNC0345",
        title: "data file shorter than its header promises",
        explanation: """
            The header gives the number of examples and their shape, and the file ends before all of them have \
            come. Either the file was cut off, by a broken download or a full disk, or its header is wrong. This \
            is checked before memory is taken, so a header with absurd sizes does no harm.
            """,
        wrong: """
            train-images.idx: header for 60000×28×28 bytes, 12 MB of content
            """,
        right: """
            train-images.idx: header for 60000×28×28 bytes, 47 MB of content
            """)

    public static let dataFileTooLong = DiagnosticKind(
        "NNC0346",
        title: "data file longer than its header promises",
        explanation: """
            After the last number that the header promises the file goes on. Reading the first part only would \
            hide a mistake, so nothing is read.
            """,
        wrong: """
            cat part1.idx part2.idx > train.idx
            """,
        right: """
            train: { features: [part1.idx, part2.idx], labels: labels.idx }
            """)

    public static let badDataShape = DiagnosticKind(
        "NNC0347",
        title: "array of a shape that does not fit its use",
        explanation: """
            Features have the shape [examples, features], [examples, height, width] or [examples, height, width, \
            channels]; class labels [examples]; targets [examples] or [examples, values].
            """,
        wrong: """
            train: { features: labels.npy, labels: images.npy }
            """,
        right: """
            train: { features: images.npy, labels: labels.npy }
            """)

    public static let labelCountDiffers = DiagnosticKind(
        "NNC0348",
        title: "not as many labels as examples",
        explanation: """
            Example i has label i, so both files must hold equally many. Where they do not, features and labels \
            belong to different data, or to different splits.
            """,
        wrong: """
            train: { features: train-images.idx, labels: test-labels.idx }
            """,
        right: """
            train: { features: train-images.idx, labels: train-labels.idx }
            """)

    public static let labelsNotNamed = DiagnosticKind(
        "NNC0349",
        title: "file of the labels not named",
        explanation: """
            idx and npy files hold one array each; the labels have a file of their own, which must be named.
            """,
        wrong: """
            train: { features: images.npy }
            """,
        right: """
            train: { features: images.npy, labels: labels.npy }
            """)

    public static let labelsNotApart = DiagnosticKind(
        "NNC0350",
        title: "labels are beside the features",
        explanation: """
            csv files keep the label in a column, CIFAR files in front of the pixels. A file of labels besides \
            would contradict them.
            """,
        wrong: """
            data: { format: csv, train: { features: train.csv, labels: labels.csv } }
            """,
        right: """
            data: { format: csv, train: { features: train.csv }, columns: { label: class } }
            """)

    public static let noExamples = DiagnosticKind(
        "NNC0351",
        title: "no examples",
        explanation: """
            The file is well-formed and holds no example.
            """,
        wrong: """
            age,height,class
            """,
        right: """
            age,height,class
            31,1.72,0
            """)
}
