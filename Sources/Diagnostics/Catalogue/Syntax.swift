extension DiagnosticKind {
    /// Group 01: syntax and keys.
    static let syntaxKinds: [DiagnosticKind] = []
}
