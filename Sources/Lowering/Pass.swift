import Diagnostics
import Graph
import Model

/// Whether a graph is to be trained or only evaluated.
public enum Purpose: String, Sendable { case training, evaluation }

/// What a pass may look at besides the graph.
public struct PassContext: Sendable {
    public var model: ModelFile
    public var purpose: Purpose
    /// The policies that act in this plan.
    public var policies: [PolicyTable.Entry]
    public var stepsPerEpoch: Int
    /// Whether evaluation keeps the best outputs only.
    public var ranksOutputs: Bool
    /// How many.
    public var best: Int
    /// Mean length of the lists of labels; 1 where each example has one.
    public var labelsPerExample: Double
    /// `DataFacts.directions`.
    public var directions: Double?
    /// Of the whole training.
    public var steps: Int
    /// `DataFacts.pilot`.
    public var pilot: DataFacts.PilotFacts?
    /// In evaluation, whether policies choose units; nil: as each of them says.
    public var network: EvaluatedNetwork?

    public init(
        model: ModelFile, purpose: Purpose, policies: [PolicyTable.Entry] = [], stepsPerEpoch: Int, ranksOutputs: Bool = false,
        best: Int = LoweringOptions.bestUnits, labelsPerExample: Double = 1, directions: Double? = nil, steps: Int? = nil, pilot: DataFacts.PilotFacts? = nil,
        network: EvaluatedNetwork? = nil
    ) {
        self.model = model
        self.purpose = purpose
        self.policies = policies
        self.stepsPerEpoch = stepsPerEpoch
        self.ranksOutputs = ranksOutputs
        self.best = best
        self.labelsPerExample = labelsPerExample
        self.directions = directions
        self.steps = steps ?? Count.product(stepsPerEpoch, model.train.epochs)
        self.pilot = pilot
        self.network = network
    }

    func policies(of layer: Int) -> [any Policy] { policies.filter { $0.layer == layer }.map(\.policy) }

    /// Whether a policy says which units are computed.
    func acts(_ policy: any ForwardPolicy) -> Bool {
        guard purpose == .evaluation, let network else { return policy.acts(in: purpose) }
        return network == .policy
    }

    /// Those that decide on the units of a layer.
    func watchers(of layer: Int) -> [any NeuronsPolicy] { policies.filter { $0.group.contains(layer) }.compactMap { $0.policy as? any NeuronsPolicy } }
}

/// One rewrite of the graph. The list of them, in order, is `pipeline`.
public protocol Pass: Sendable {
    /// `fuse-activations`: what `nnc graph --after` takes.
    var name: String { get }
    /// One line for `nnc graph --passes`.
    var summary: String { get }
    /// The graph means the same without it: it may be skipped.
    var isOptional: Bool { get }
    /// The purposes it runs for.
    var purposes: Set<Purpose> { get }

    func run(_ graph: inout Graph, _ context: PassContext) throws
}

/// What one pass did, for `nnc graph`.
public struct PassReport: Sendable {
    public var name: String
    public var seconds: Double
    public var nodesBefore: Int
    public var nodesAfter: Int
    public var changed: Bool
    public var skipped: Bool
}

/// Runs the passes, one after the other, and verifies the graph after each.
public struct PassRunner: Sendable {
    public var skip: Set<String>
    /// Stop after this pass.
    public var last: String?
    /// Whether the reports say what a pass has changed, which takes longer than most passes.
    public var notesChanges = true

    public init(skip: Set<String> = [], last: String? = nil) {
        self.skip = skip
        self.last = last
    }

    public func run(_ passes: [any Pass], on graph: inout Graph, _ context: PassContext) throws -> [PassReport] {
        var reports: [PassReport] = []
        for pass in passes {
            guard pass.purposes.contains(context.purpose) else { continue }
            let skipped = pass.isOptional && skip.contains(pass.name)
            let before = notesChanges ? graph.text : "", nodesBefore = graph.nodes.count
            let start = ContinuousClock.now
            if !skipped { try pass.run(&graph, context) }
            let elapsed = ContinuousClock.now - start
            do { try graph.verify() } catch {
                throw GraphFault("after pass \(pass.name): \(error.description)")
            }
            reports.append(
                PassReport(
                    name: pass.name, seconds: elapsed / .seconds(1), nodesBefore: nodesBefore, nodesAfter: graph.nodes.count,
                    changed: notesChanges && graph.text != before, skipped: skipped))
            if pass.name == last { break }
        }
        return reports
    }
}
