extension DiagnosticKind {
    /// Group 06: files and machine.
    static let machineKinds: [DiagnosticKind] = []
}
