extension DiagnosticKind {
    /// Group 02: values.
    static let valueKinds: [DiagnosticKind] = []
}
