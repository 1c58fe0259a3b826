extension DiagnosticKind {
    /// Group 01: syntax and keys. Here what concerns YAML itself; the keys of the language are in `Keys.swift`.
    static let syntaxKinds: [DiagnosticKind] = [
        invalidYAML, unknownKey, tabIndentation, missingColon, unclosedQuote, unclosedBracket, badIndentation, secondColon,
        unexpectedCharacter, duplicateKey, keyNotScalar, undefinedAlias, selfReferringAlias, tagNotAllowed,
        severalDocuments, emptyFile, nestedTooDeep, tooManyNodes, fileTooLarge, notUTF8, binaryFile, controlCharacter,
        mergeNotMapping, badEscape, missingSpace, misplacedListItem,
    ]

    public static let invalidYAML = DiagnosticKind(
        "NNC0101",
        title: "the file is not valid YAML",
        explanation: """
            The file breaks a rule of YAML for which there is no diagnostic of its own. What the YAML parser says about \
            it stands in the message. The part of the file that could not be read is skipped, the rest is checked.
            """,
        wrong: """
            description: |+-
              a network
            """,
        right: """
            description: |
              a network
            """)

    public static let unknownKey = DiagnosticKind(
        "NNC0102",
        title: "unknown key",
        explanation: """
            A key that nnc does not know would change nothing, and the network would train with a default in place of \
            the value that was meant. So it is an error, at every depth. Keys that begin with `x-` are free, for notes \
            and anchors.
            """,
        wrong: """
            - { type: dense, unit: 1000 }
            """,
        right: """
            - { type: dense, units: 1000 }
            """)

    public static let tabIndentation = DiagnosticKind(
        "NNC0103",
        title: "a tab is used for indentation",
        explanation: """
            YAML indents with spaces only, because a tab has no fixed width. Most editors can be told to insert spaces \
            when the tab key is pressed.
            """,
        wrong: """
            train:
            \tepochs: 5
            """,
        right: """
            train:
              epochs: 5
            """)

    public static let missingColon = DiagnosticKind(
        "NNC0104",
        title: "a `:` is missing after a key",
        explanation: """
            In a mapping every line is `key: value`. Without the colon YAML takes the line for a piece of text that \
            goes on in the next line.
            """,
        wrong: """
            train:
              epochs 5
              batch_size: 128
            """,
        right: """
            train:
              epochs: 5
              batch_size: 128
            """)

    public static let unclosedQuote = DiagnosticKind(
        "NNC0105",
        title: "a quote is never closed",
        explanation: """
            A value that begins with `"` or `'` ends at the next quote of the same kind. Without one, the rest of the \
            file is part of the value. Within single quotes a single quote is written twice: `'it''s'`.
            """,
        wrong: """
            name: "fashion
            seed: 42
            """,
        right: """
            name: "fashion"
            seed: 42
            """)

    public static let unclosedBracket = DiagnosticKind(
        "NNC0106",
        title: "a bracket is not closed, or a comma is missing",
        explanation: """
            A list in `[…]` and a mapping in `{…}` have commas between their entries, and end with the bracket that \
            fits the one they begin with.
            """,
        wrong: """
            input: { shape: [28, 28, 1 }
            """,
        right: """
            input: { shape: [28, 28, 1] }
            """)

    public static let badIndentation = DiagnosticKind(
        "NNC0107",
        title: "the indentation does not fit",
        explanation: """
            The keys of one mapping, and the `-` of one list, start in the same column. A line that starts deeper \
            belongs to the key above it, one that starts less deep ends the mapping.
            """,
        wrong: """
            train:
              epochs: 5
                batch_size: 128
            """,
        right: """
            train:
              epochs: 5
              batch_size: 128
            """)

    public static let secondColon = DiagnosticKind(
        "NNC0108",
        title: "a value holds `: `",
        explanation: """
            A colon followed by a space ends a key, so a value that holds one must stand in quotes. If two keys were \
            meant, write them on two lines or in braces.
            """,
        wrong: """
            description: second try: wider
            """,
        right: """
            description: "second try: wider"
            """)

    public static let unexpectedCharacter = DiagnosticKind(
        "NNC0109",
        title: "a character cannot stand here",
        explanation: """
            Some characters have a meaning in YAML and cannot begin a value: ` @ % & * ! | > ] } , and others. A value \
            that begins with one of them must stand in quotes.
            """,
        wrong: """
            description: @home
            """,
        right: """
            description: "@home"
            """)

    public static let duplicateKey = DiagnosticKind(
        "NNC0110",
        title: "a key is given twice",
        explanation: """
            In one mapping each key may stand once. YAML tools differ in which of the two values they take, and the \
            other one would be without effect, so nnc takes neither silently.
            """,
        wrong: """
            train:
              epochs: 5
              epochs: 10
            """,
        right: """
            train:
              epochs: 10
            """)

    public static let keyNotScalar = DiagnosticKind(
        "NNC0111",
        title: "a key is not a plain word",
        explanation: """
            YAML allows lists and mappings as keys; model files do not. This often comes from `{{ name }}`, a \
            template that was not filled in: nnc has no templates.
            """,
        wrong: """
            epochs: {{ epochs }}
            """,
        right: """
            epochs: 5
            """)

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
