extension DiagnosticKind {
    /// Every kind that nnc can report, in the order of the ids.
    public static let all: [DiagnosticKind] =
        syntaxKinds + documentKinds + keyKinds + valueKinds + shapeKinds + dataFileKinds + dataContentKinds + policyKinds + adviceKinds + trainingKinds
        + pretrainingKinds + curriculumKinds + runTrainingKinds + dataAccessKinds + machineKinds + runKinds
}
