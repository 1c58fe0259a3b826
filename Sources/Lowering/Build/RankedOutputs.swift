import Diagnostics
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

    /// What such a network cannot be measured by.
    func rankedProblems(_ facts: DataFacts) -> [Diagnostic] {
        guard train.loss.value == .crossEntropy else { return [] }
        var problems: [Diagnostic] = []
        var reason: String?
        if case .labelLists = facts.targets { reason = "examples with lists of labels are" }
        if let last = layers.last, last.policies.contains(where: { $0.slot == .forward && !$0.isDefault }) { reason = "a network that computes some of its outputs only is" }
        if let reason, train.metrics.contains(.auc) {
            problems.append(Diagnostic(
                .metricDoesNotFit, "`auc` needs every output of every example, and \(reason) measured by the best outputs", at: train.loss.location,
                help: ["`metrics: [precision_at_1, precision_at_5]` measures these"]))
        }
        guard ranksOutputs(facts) else { return problems }
        for monitor in [train.checkpoint?.best, train.earlyStopping?.monitor].compactMap(\.self) where monitor.split == .train && monitor.metric != .loss {
            problems.append(Diagnostic(
                .metricNotComputed, "`train.\(monitor.metric.rawValue)` is not measured: of very many outputs, or of some of them, training measures the loss alone",
                at: train.loss.location, help: ["watch `validation.\(monitor.metric.rawValue)`, or `train.loss`"]))
        }
        return problems
    }
}
