extension DiagnosticKind {
    /// Group 01: syntax and keys. Here how lines, brackets and keys are written; the keys of the language are in `Keys.swift`.
    static let syntaxKinds: [DiagnosticKind] = [
        invalidYAML, unknownKey, tabIndentation, missingColon, unclosedQuote, unclosedBracket, badIndentation, secondColon,
        unexpectedCharacter, duplicateKey, keyNotScalar,
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
}
