extension DiagnosticKind {
    /// Group 01, from NNC0112: anchors, tags and whole files, and what was added later about lines.
    static let documentKinds: [DiagnosticKind] = [
        undefinedAlias, selfReferringAlias, tagNotAllowed, severalDocuments, emptyFile, nestedTooDeep, tooManyNodes, fileTooLarge,
        notUTF8, binaryFile, controlCharacter, mergeNotMapping, badEscape, missingSpace, misplacedListItem,
    ]

    public static let undefinedAlias = DiagnosticKind(
        "NNC0112",
        title: "an alias has no anchor",
        explanation: """
            `*name` stands for the value that was marked with `&name` further up in the same file. An anchor must stand \
            before its aliases. A text that begins with `*` must stand in quotes.
            """,
        wrong: """
            x-wide: &wide { units: 1000 }
            defaults:
              dense: *wild
            """,
        right: """
            x-wide: &wide { units: 1000 }
            defaults:
              dense: *wide
            """)

    public static let selfReferringAlias = DiagnosticKind(
        "NNC0113",
        title: "an alias refers to the value it stands in",
        explanation: """
            `*name` within the value marked `&name` would make a value without an end.
            """,
        wrong: """
            x-wide: &wide
              <<: *wide
            """,
        right: """
            x-base: &base { type: dense }
            x-wide: &wide
              <<: *base
            """)

    public static let tagNotAllowed = DiagnosticKind(
        "NNC0114",
        title: "tags are not allowed",
        explanation: """
            YAML tags such as `!!str` or `!include` tell a program how to read a value. In a model file the key says \
            that already. Put a value in quotes to make it a string, and use `extends:` to build upon another file.
            """,
        wrong: """
            name: !!str 2024
            """,
        right: """
            name: "2024"
            """)

    public static let severalDocuments = DiagnosticKind(
        "NNC0115",
        title: "the file holds more than one document",
        explanation: """
            A line `---` starts a new YAML document. A model file describes one network, so it is one document. Use one \
            file for each model, and `extends:` for what they share.
            """,
        wrong: """
            name: first
            ---
            name: second
            """,
        right: """
            name: first
            """)

    public static let emptyFile = DiagnosticKind(
        "NNC0116",
        title: "the file is empty",
        explanation: """
            There is nothing in the file, or only comments. `nnc init` writes a model file to start from.
            """,
        wrong: """
            # my first network
            """,
        right: """
            version: 1
            name: my-first-network
            """)

    public static let nestedTooDeep = DiagnosticKind(
        "NNC0117",
        title: "values are nested too deep",
        explanation: """
            A model file needs less than ten levels of lists and mappings; nnc reads up to 64, aliases included. More is a \
            mistake or an attack.
            """,
        wrong: """
            x-a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[ … ]]]]]
            """,
        right: """
            x-a: [1, 2, 3]
            """)

    public static let tooManyNodes = DiagnosticKind(
        "NNC0118",
        title: "the file holds too many values",
        explanation: """
            Every alias stands for a copy of the value it names, so a few lines of aliases to aliases can mean billions \
            of values. nnc stops at 100,000. Use `repeat:` for many equal layers.
            """,
        wrong: """
            x-a: &a [x, x, x, x, x, x, x, x, x, x]
            x-b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
            x-c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
            x-d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
            x-e: [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
            """,
        right: """
            x-a: &a [x, x, x]
            x-b: *a
            """)

    public static let fileTooLarge = DiagnosticKind(
        "NNC0119",
        title: "the file is too large for a model file",
        explanation: """
            A model file has some kilobytes; nnc reads up to 16 megabytes. Perhaps the path names a data file.
            """,
        wrong: """
            nnc check data/train.csv
            """,
        right: """
            nnc check model.yaml
            """)

    public static let notUTF8 = DiagnosticKind(
        "NNC0120",
        title: "the file is not UTF-8 text",
        explanation: """
            Model files are read as UTF-8. A file in UTF-16 or in an older encoding such as Latin-1 must be \
            saved anew as UTF-8; `iconv -f LATIN1 -t UTF-8` does it too.
            """,
        wrong: """
            nnc check model-utf16.yaml
            """,
        right: """
            iconv -f UTF-16 -t UTF-8 model-utf16.yaml > model.yaml
            """)

    public static let binaryFile = DiagnosticKind(
        "NNC0121",
        title: "the file is not text",
        explanation: """
            The file holds bytes of value zero, so it is no text. Perhaps the path names a data file or a checkpoint.
            """,
        wrong: """
            nnc train data/train-images-idx3-ubyte
            """,
        right: """
            nnc train model.yaml
            """)

    public static let controlCharacter = DiagnosticKind(
        "NNC0122",
        title: "a control character stands in the file",
        explanation: """
            Invisible characters such as escape or backspace are not allowed in YAML. They often come along when text \
            is copied from a terminal. Within double quotes they can be written as `"\\e"` or `"\\x08"`.
            """,
        wrong: """
            name: fashion<U+0008>
            """,
        right: """
            name: fashion
            """)

    public static let mergeNotMapping = DiagnosticKind(
        "NNC0123",
        title: "`<<` is given something that is no mapping",
        explanation: """
            `<<: *name` takes over the entries of a mapping, or of several: `<<: [*first, *second]`, where the \
            first wins. A list or a single value has no entries.
            """,
        wrong: """
            x-sizes: &sizes [100, 200]
            defaults:
              dense:
                <<: *sizes
            """,
        right: """
            x-wide: &wide { units: 200 }
            defaults:
              dense:
                <<: *wide
            """)

    public static let badEscape = DiagnosticKind(
        "NNC0124",
        title: "an escape in double quotes is unknown",
        explanation: """
            Within double quotes a backslash begins an escape such as `\\n`, `\\t` or `\\u00e9`. Write a backslash \
            itself as `\\\\`, or use single quotes, in which a backslash is only a backslash.
            """,
        wrong: """
            train: "C:\\data\\mnist"
            """,
        right: """
            train: 'C:\\data\\mnist'
            """)

    public static let missingSpace = DiagnosticKind(
        "NNC0125",
        title: "a space is missing after `:` or `-`",
        explanation: """
            YAML takes `epochs:5` and `-accuracy` for one word each. The colon that ends a key, and the dash that begins a \
            list item, are followed by a space or by the end of the line.
            """,
        wrong: """
            train: { epochs:5, batch_size: 128 }
            """,
        right: """
            train: { epochs: 5, batch_size: 128 }
            """)

    public static let misplacedListItem = DiagnosticKind(
        "NNC0126",
        title: "a list item stands where none can",
        explanation: """
            The items of a list start with `- `, each on a line of its own, below the key and in one column. A list within one \
            line is written `[a, b]`.
            """,
        wrong: """
            metrics: - accuracy
            """,
        right: """
            metrics:
              - accuracy
            """)
}
