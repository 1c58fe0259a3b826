extension DiagnosticKind {
    /// Group 02: values.
    static let valueKinds: [DiagnosticKind] = [
        wrongType, outOfRange, unknownWord, shareWithoutPercent, spanWithoutUnit, notTrueOrFalse, malformedSpan,
        shareOutOfRange, emptyValue, quotedNumber, wrongCount, spanNotWhole, malformedDuration, malformedName,
        duplicateLayer, unknownInput, inputNotAbove, wrongInputCount, deadLayer, softmaxInside, notFinite,
        wholeNumberNeeded, keyIsNotAList, bareFile,
    ]

    public static let wrongType = DiagnosticKind(
        "NNC0201", title: "a value of the wrong kind",
        explanation: """
            The key takes another kind of value: a number where there is a word, a list where there is a mapping, and so on. \
            Values are never converted, because the conversion could be other than what was meant.
            """,
        wrong: """
            units: many
            """,
        right: """
            units: 128
            """)

    public static let outOfRange = DiagnosticKind(
        "NNC0202", title: "a value out of range",
        explanation: """
            The value is of the right kind, but outside of what makes sense for the key. The message gives the range.
            """,
        wrong: """
            - { type: dropout, rate: 1.5 }
            """,
        right: """
            - { type: dropout, rate: 0.5 }
            """)

    public static let unknownWord = DiagnosticKind(
        "NNC0203", title: "a word that is none of the choices",
        explanation: """
            The key takes one of a fixed set of words. The nearest one is offered; `nnc schema --reference` lists them all.
            """,
        wrong: """
            activation: rellu
            """,
        right: """
            activation: relu
            """)

    public static let shareWithoutPercent = DiagnosticKind(
        "NNC0204", title: "a share is written with a percent sign",
        explanation: """
            A bare number could be a share or a count, so a share is written `5%` and a count `50`. Only rates that Keras \
            gives as fractions, such as that of dropout, stay fractions.
            """,
        wrong: """
            validation: 0.1
            """,
        right: """
            validation: 10%
            """)

    public static let spanWithoutUnit = DiagnosticKind(
        "NNC0205", title: "a length of time without its unit",
        explanation: """
            `5` could be epochs, steps or examples, and tools differ in which they mean. So the unit is always written.
            """,
        wrong: """
            evaluate: { every: 5 }
            """,
        right: """
            evaluate: { every: 5 epochs }
            """)

    public static let notTrueOrFalse = DiagnosticKind(
        "NNC0206", title: "yes and no are words, not truth values",
        explanation: """
            In YAML 1.2 only `true` and `false` are truth values; `yes`, `no`, `on` and `off` are plain words.
            """,
        wrong: """
            use_bias: no
            """,
        right: """
            use_bias: false
            """)

    public static let malformedSpan = DiagnosticKind(
        "NNC0207", title: "a malformed length of time",
        explanation: """
            A length of time is a number, a space, and one of the units `epochs`, `steps` and `examples` (or `epoch`, \
            `step`, `example`).
            """,
        wrong: """
            every: 5 batches
            """,
        right: """
            every: 5 steps
            """)

    public static let shareOutOfRange = DiagnosticKind(
        "NNC0208", title: "a share that is not between 0% and 100%",
        explanation: """
            A share is more than 0% and at most 100% of what it is a share of; a validation split leaves something to learn from, so it is less than 100%.
            """,
        wrong: """
            validation: 120%
            """,
        right: """
            validation: 20%
            """)

    public static let emptyValue = DiagnosticKind(
        "NNC0209", title: "a key without a value",
        explanation: """
            Nothing follows the colon, or the value is `null`. To use the default, leave the whole key out.
            """,
        wrong: """
            train:
              epochs:
            """,
        right: """
            train:
              epochs: 5
            """)

    public static let quotedNumber = DiagnosticKind(
        "NNC0210", title: "a number or truth value in quotes",
        explanation: """
            Whatever stands in quotes is a string. Numbers, `true` and `false` are written without.
            """,
        wrong: """
            units: "128"
            """,
        right: """
            units: 128
            """)

    public static let wrongCount = DiagnosticKind(
        "NNC0211", title: "a list with too many or too few entries",
        explanation: """
            The key takes a list of another length, for instance two entries for height and width.
            """,
        wrong: """
            kernel_size: [3, 3, 3]
            """,
        right: """
            kernel_size: [3, 3]
            """)

    public static let spanNotWhole = DiagnosticKind(
        "NNC0212", title: "half a step or half an example",
        explanation: """
            Epochs may be fractions, steps and examples are counted whole.
            """,
        wrong: """
            every: 2.5 steps
            """,
        right: """
            every: 0.5 epochs
            """)

    public static let malformedDuration = DiagnosticKind(
        "NNC0213", title: "a time without a unit, or with an unknown one",
        explanation: """
            A time by the clock is a number, a space, and `seconds`, `minutes` or `hours`.
            """,
        wrong: """
            max_time: 30
            """,
        right: """
            max_time: 30 minutes
            """)

    public static let malformedName = DiagnosticKind(
        "NNC0214", title: "a name that dotted paths cannot hold",
        explanation: """
            Names are letters, digits, `_` and `-`, and do not start with a digit or a dash, so that `model.layers.h1.units` \
            can be read in one way only. `input` is taken: it is the input of the network.
            """,
        wrong: """
            name: my.layer
            """,
        right: """
            name: my_layer
            """)

    public static let duplicateLayer = DiagnosticKind(
        "NNC0215", title: "two layers of one name",
        explanation: """
            A layer is addressed by its name, in `inputs`, in `set:` and in reports, so each name is there once.
            """,
        wrong: """
            - { name: h1, type: dense, units: 128 }
            - { name: h1, type: dense, units: 64 }
            """,
        right: """
            - { name: h1, type: dense, units: 128 }
            - { name: h2, type: dense, units: 64 }
            """)

    public static let unknownInput = DiagnosticKind(
        "NNC0216", title: "an input that names no layer",
        explanation: """
            `inputs` holds names of layers, unnamed ones as `dense_1`, `dense_2`, … by type, or `input` for the input of the \
            network.
            """,
        wrong: """
            - { type: add, inputs: [h1, h3] }   # no layer is called h3
            """,
        right: """
            - { type: add, inputs: [h1, h2] }
            """)

    public static let inputNotAbove = DiagnosticKind(
        "NNC0217", title: "a layer that reads itself or a layer below",
        explanation: """
            Layers are computed in order, so a layer reads what stands above it. A circle could not be computed at all.
            """,
        wrong: """
            - { name: sum, type: add, inputs: [h1, h2] }
            - { name: h2, type: dense, units: 8 }
            """,
        right: """
            - { name: h2, type: dense, units: 8, inputs: [h1] }
            - { name: sum, type: add, inputs: [h1, h2] }
            """)

    public static let wrongInputCount = DiagnosticKind(
        "NNC0218", title: "too many or too few inputs",
        explanation: """
            `add` and `concatenate` join two or more layers, every other layer reads exactly one.
            """,
        wrong: """
            - { type: dense, units: 8, inputs: [h1, h2] }
            """,
        right: """
            - { name: both, type: concatenate, inputs: [h1, h2] }
            - { type: dense, units: 8 }
            """)

    public static let deadLayer = DiagnosticKind(
        "NNC0219", title: "a layer whose output nobody reads",
        explanation: """
            The layer is computed and trained for nothing: no layer has it as its input, and it is not the last one, which \
            is the output.
            """,
        wrong: """
            - { name: h1, type: dense, units: 8 }
            - { name: out, type: dense, units: 2, inputs: [input] }
            """,
        right: """
            - { name: h1, type: dense, units: 8 }
            - { name: out, type: dense, units: 2, inputs: [h1] }
            """)

    public static let softmaxInside = DiagnosticKind(
        "NNC0220", title: "softmax in the middle of the network",
        explanation: """
            Softmax makes the outputs of the last layer into shares that sum to one, and is computed together with the loss. \
            Between layers it would squeeze the signal to almost nothing.
            """,
        wrong: """
            - { type: dense, units: 64, activation: softmax }
            - { type: dense, units: 10 }
            """,
        right: """
            - { type: dense, units: 64, activation: relu }
            - { type: dense, units: 10, activation: softmax }
            """)

    public static let notFinite = DiagnosticKind(
        "NNC0221", title: "infinity or not-a-number as a value",
        explanation: """
            `.inf` and `.nan` are numbers for YAML, but no setting of a network makes sense with them.
            """,
        wrong: """
            learning_rate: .inf
            """,
        right: """
            learning_rate: 0.1
            """)

    public static let wholeNumberNeeded = DiagnosticKind(
        "NNC0222", title: "a whole number is needed",
        explanation: """
            The key counts something, so it takes a whole number, written with digits only.
            """,
        wrong: """
            epochs: 2.5
            """,
        right: """
            epochs: 3
            """)

    public static let keyIsNotAList = DiagnosticKind(
        "NNC0223", title: "a single value where a list is needed",
        explanation: """
            The key takes a list, written in brackets, even where there is only one entry.
            """,
        wrong: """
            metrics: accuracy
            """,
        right: """
            metrics: [accuracy]
            """)

    public static let bareFile = DiagnosticKind(
        "NNC0224", title: "a path where a mapping of files is needed",
        explanation: """
            A split may have several files, so they are named: `features` for the examples, `labels` for a file with the \
            classes.
            """,
        wrong: """
            train: data.csv
            """,
        right: """
            train: { features: data.csv }
            """)
}
