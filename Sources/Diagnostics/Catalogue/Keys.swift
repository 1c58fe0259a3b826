extension DiagnosticKind {
    /// Group 01: the keys of the language, and how files are put together.
    static let keyKinds: [DiagnosticKind] = [
        missingKey, otherToolsName, wrongVersion, keyNotSupported, valueNotSupported, notAModelFile, keysExclude,
        keyWithoutEffect, keyNeedsAnother, extendsCycle, extendsTooDeep, extendsNotPath, setThroughValue,
        setNoSuchEntry, setArgument, setNotMapping, setMalformedPath, variableNotSet, malformedVariable,
    ]

    public static let missingKey = DiagnosticKind(
        "NNC0130", title: "a key is missing",
        explanation: """
            The mapping needs this key, and there is no value that would be right for most networks, so nothing is assumed. \
            The help line shows how it is written.
            """,
        wrong: """
            - { type: dense, activation: relu }
            """,
        right: """
            - { type: dense, units: 128, activation: relu }
            """)

    public static let otherToolsName = DiagnosticKind(
        "NNC0131", title: "a key by another tool's name",
        explanation: """
            The key is what PyTorch or another tool calls it. Each thing has one name here, mostly the one that Keras uses, \
            so that files read alike and a search finds them all.
            """,
        wrong: """
            - { type: dense, out_features: 128 }
            """,
        right: """
            - { type: dense, units: 128 }
            """)

    public static let wrongVersion = DiagnosticKind(
        "NNC0132", title: "the version of the language is missing or unknown",
        explanation: """
            A model file says which version of the language it is written in, so that a later nnc can still read it as it \
            was meant. This nnc reads version 1.
            """,
        wrong: """
            version: 2
            """,
        right: """
            version: 1
            """)

    public static let keyNotSupported = DiagnosticKind(
        "NNC0133", title: "a key that this version of nnc cannot carry out yet",
        explanation: """
            The key belongs to the language, but this version of the program has nothing behind it. It is an error rather \
            than ignored, because the run would not be the one that the file describes.
            """,
        wrong: """
            sweep: { matrix: { train.batch_size: [32, 128] } }
            """,
        right: """
            train: { epochs: 5, batch_size: 128, loss: cross_entropy, optimizer: adam }
            """)

    public static let valueNotSupported = DiagnosticKind(
        "NNC0134", title: "a value that this version of nnc cannot carry out yet",
        explanation: """
            The word belongs to the language, but this version of the program has nothing behind it. It is an error rather \
            than replaced by something near, because the run would not be the one that the file describes.
            """,
        wrong: """
            train: { epochs: 5, mode: asynchronous }
            """,
        right: """
            train: { epochs: 5, mode: synchronous }
            """)

    public static let notAModelFile = DiagnosticKind(
        "NNC0135", title: "the file is not a mapping of keys",
        explanation: """
            A model file is a mapping: `version`, `data`, `model`, `train` and so on, each followed by a colon. This file \
            holds a list or a single value.
            """,
        wrong: """
            - version: 1
            - name: mlp
            """,
        right: """
            version: 1
            name: mlp
            """)

    public static let keysExclude = DiagnosticKind(
        "NNC0136", title: "two keys that exclude each other",
        explanation: """
            Both keys answer the same question, for instance where the data comes from. Only one of them can be right, and \
            nnc does not guess which.
            """,
        wrong: """
            data: { dataset: fashion_mnist, format: csv }
            """,
        right: """
            data: { dataset: fashion_mnist }
            """)

    public static let keyWithoutEffect = DiagnosticKind(
        "NNC0137", title: "a key that has no effect here",
        explanation: """
            The key is known, but beside the others of this mapping nothing would read it, for instance `columns` with a \
            format that has no columns.
            """,
        wrong: """
            data: { dataset: fashion_mnist, columns: { label: class } }
            """,
        right: """
            data: { dataset: fashion_mnist }
            """)

    public static let keyNeedsAnother = DiagnosticKind(
        "NNC0138", title: "a key that needs another one",
        explanation: """
            What is written here is only half of it: the format or the generator needs a second key beside it.
            """,
        wrong: """
            data: { format: idx, train: { features: images.gz } }
            """,
        right: """
            data: { format: idx, train: { features: images.gz, labels: labels.gz } }
            """)

    public static let extendsCycle = DiagnosticKind(
        "NNC0140", title: "files that extend each other in a circle",
        explanation: """
            A base file extends, by itself or by another file, the file that it is the base of. None of them could be put \
            together first.
            """,
        wrong: """
            # a.yaml
            extends: b.yaml
            # b.yaml
            extends: a.yaml
            """,
        right: """
            # a.yaml
            extends: base.yaml
            """)

    public static let extendsTooDeep = DiagnosticKind(
        "NNC0141", title: "too many base files below each other",
        explanation: """
            Base files may stand on base files, but not more than 16 deep: nobody could tell any more where a value comes \
            from. `nnc config` shows the origin of each value.
            """,
        wrong: """
            extends: level17.yaml
            """,
        right: """
            extends: base.yaml
            """)

    public static let extendsNotPath = DiagnosticKind(
        "NNC0142", title: "`extends` is not a path",
        explanation: """
            `extends` names one file, relative to the file it stands in. To take parts from several files, let the base \
            extend another one.
            """,
        wrong: """
            extends: [a.yaml, b.yaml]
            """,
        right: """
            extends: a.yaml
            """)

    public static let setThroughValue = DiagnosticKind(
        "NNC0143", title: "a dotted path that goes on below a single value",
        explanation: """
            The path names a key below a value that is a number or a word, and so has no keys.
            """,
        wrong: """
            set: { train.epochs.count: 5 }
            """,
        right: """
            set: { train.epochs: 5 }
            """)

    public static let setNoSuchEntry = DiagnosticKind(
        "NNC0144", title: "a dotted path names something that is not there",
        explanation: """
            Layers are addressed by their names, unnamed ones as `dense_1`, `dense_2`, … by type, and policies by theirs. \
            `set` changes what is there; it adds no layers and no policies.
            """,
        wrong: """
            set: { model.layers.hidden.units: 500 }
            """,
        right: """
            set: { model.layers.h1.units: 500 }
            """)

    public static let setArgument = DiagnosticKind(
        "NNC0145", title: "a `--set` argument that is not path=value",
        explanation: """
            The argument is a dotted path, an equals sign, and a value written as in the file: `--set train.epochs=5`. Put \
            it in quotes when the value holds spaces.
            """,
        wrong: """
            nnc train model.yaml --set train.epochs 5
            """,
        right: """
            nnc train model.yaml --set train.epochs=5
            """)

    public static let setNotMapping = DiagnosticKind(
        "NNC0146", title: "`set` is not a mapping of dotted paths",
        explanation: """
            `set` holds one line for each value to change: the dotted path, a colon, and the new value.
            """,
        wrong: """
            set: [train.epochs, 5]
            """,
        right: """
            set:
              train.epochs: 5
            """)

    public static let setMalformedPath = DiagnosticKind(
        "NNC0147", title: "a malformed dotted path",
        explanation: """
            A dotted path is names with single dots between them, from a top-level key down to the value: \
            `model.layers.h1.units`.
            """,
        wrong: """
            set: { train..epochs: 5 }
            """,
        right: """
            set: { train.epochs: 5 }
            """)

    public static let variableNotSet = DiagnosticKind(
        "NNC0150", title: "an environment variable is not set",
        explanation: """
            The path holds `${NAME}`, and there is no such variable in the environment. `${NAME:-default}` gives a value for \
            that case.
            """,
        wrong: """
            train: { features: ${MNIST_DIR}/train.gz }
            """,
        right: """
            train: { features: ${MNIST_DIR:-data}/train.gz }
            """)

    public static let malformedVariable = DiagnosticKind(
        "NNC0151", title: "a malformed variable in a path",
        explanation: """
            A variable in a path is written `${NAME}` or `${NAME:-default}`, with a name of letters, digits and `_`. There \
            are no other forms.
            """,
        wrong: """
            train: { features: ${MNIST-DIR}/train.gz }
            """,
        right: """
            train: { features: ${MNIST_DIR}/train.gz }
            """)
}
