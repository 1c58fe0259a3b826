extension DiagnosticKind {
    /// Group 04: policies.
    static let policyKinds: [DiagnosticKind] = []
}
