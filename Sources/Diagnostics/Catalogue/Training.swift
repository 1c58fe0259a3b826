extension DiagnosticKind {
    /// Group 05: training.
    static let trainingKinds: [DiagnosticKind] = []
}
