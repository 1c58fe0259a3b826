import Model

extension ModelFile {
    /// Outputs from which on evaluation no longer holds all of an example's numbers, and training measures the loss alone.
    static let manyOutputs = 4096

    /// Whether the network is measured by its best outputs: where examples have lists of labels, where a policy computes some outputs only, and where
    /// there are very many. The area under a curve needs the numbers of all examples at once.
    public func ranksOutputs(_ facts: DataFacts) -> Bool {
        guard train.loss.value == .crossEntropy, !train.metrics.contains(.auc) else { return false }
        if case .labelLists = facts.targets { return true }
        if let last = layers.last, last.policies.contains(where: { $0.slot == .forward && !$0.isDefault }) { return true }
        return facts.targetCount >= Self.manyOutputs
    }
}
