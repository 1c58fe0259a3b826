extension DiagnosticKind {
    /// Group 01, from NNC0130: the keys of the language.
    static let keyKinds: [DiagnosticKind] = []
}
