extension DiagnosticKind {
    /// Group 03: shapes and data.
    static let shapeKinds: [DiagnosticKind] = []
}
