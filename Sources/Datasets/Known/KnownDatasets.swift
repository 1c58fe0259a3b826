extension KnownDataset {
    static let all = [fashionMNIST, mnist, cifar10, cifar100]

    /// Xiao, Rasul, Vollgraf: Fashion-MNIST, 2017. The checksums are those of Debian's package, which are the authors'.
    static let fashionMNIST = KnownDataset(
        name: "fashion_mnist", format: .idx, directories: ["fashion-mnist", "fashion_mnist"],
        trainFeatures: [File("train-images-idx3-ubyte.gz", sha256: "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7")],
        trainLabels: File("train-labels-idx1-ubyte.gz", sha256: "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056"),
        testFeatures: [File("t10k-images-idx3-ubyte.gz", sha256: "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa")],
        testLabels: File("t10k-labels-idx1-ubyte.gz", sha256: "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05"),
        shape: [28, 28, 1], trainExamples: 60_000, testExamples: 10_000,
        classNames: ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"], directions: 7.7,
        source: "Debian has it: `apt-get install dataset-fashion-mnist`")

    /// LeCun, Cortes, Burges.
    static let mnist = KnownDataset(
        name: "mnist", format: .idx, directories: ["mnist"],
        trainFeatures: [File("train-images-idx3-ubyte.gz", sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609")],
        trainLabels: File("train-labels-idx1-ubyte.gz", sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
        testFeatures: [File("t10k-images-idx3-ubyte.gz", sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6")],
        testLabels: File("t10k-labels-idx1-ubyte.gz", sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        shape: [28, 28, 1], trainExamples: 60_000, testExamples: 10_000,
        classNames: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
        source: "put `train-images-idx3-ubyte.gz`, `train-labels-idx1-ubyte.gz`, `t10k-images-idx3-ubyte.gz` and `t10k-labels-idx1-ubyte.gz` into `data/mnist/`")

    /// Krizhevsky 2009. The published archive has a checksum, the files in it have none of their own.
    static let cifar10 = KnownDataset(
        name: "cifar10", format: .cifar10, directories: ["cifar-10-batches-bin", "cifar10", "cifar-10"],
        trainFeatures: (1...5).map { File("data_batch_\($0).bin") }, trainLabels: nil,
        testFeatures: [File("test_batch.bin")], testLabels: nil,
        shape: [32, 32, 3], trainExamples: 50_000, testExamples: 10_000,
        classNames: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
        source: "unpack `cifar-10-binary.tar.gz` (www.cs.toronto.edu/~kriz/cifar.html) into `data/`")

    static let cifar100 = KnownDataset(
        name: "cifar100", format: .cifar100, directories: ["cifar-100-binary", "cifar100", "cifar-100"],
        trainFeatures: [File("train.bin")], trainLabels: nil, testFeatures: [File("test.bin")], testLabels: nil,
        shape: [32, 32, 3], trainExamples: 50_000, testExamples: 10_000,
        classNames: """
            apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle \
            caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish \
            forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle \
            mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine \
            possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar \
            sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale \
            willow_tree wolf woman worm
            """.split(separator: " ").map(String.init),
        source: "unpack `cifar-100-binary.tar.gz` (www.cs.toronto.edu/~kriz/cifar.html) into `data/`")
}
