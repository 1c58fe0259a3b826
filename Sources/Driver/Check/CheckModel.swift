import Diagnostics
import Estimate
import Foundation
import Graph
import Lowering
import Model
import Policies
import Syntax

/// What the checks of a file came to: as far as they got, and everything that was found on the way.
public struct CheckedModel: Sendable {
    public var source: SourceText?
    /// With `extends`, `set` and `--set` put in.
    public var tree: Syntax.Node?
    public var model: ModelFile?
    /// Nil where anything is wrong.
    public var prepared: PreparedModel?
    public var diagnostics: [Diagnostic] = []

    /// The prepared model, or the diagnostics as a failure. Warnings are shown.
    func required(on console: Console) throws -> PreparedModel {
        guard let prepared else { throw CommandFailure(diagnostics, code: CommandFailure.inputCode) }
        showDiagnostics(diagnostics, on: console)
        return prepared
    }
}

/// Reads, parses, composes, checks and lowers a model file; looks at the headers of its data where there are any.
///
/// Every command begins with this. Allocates nothing of the size of the network.
///
/// - Parameters:
///   - readsWeights: whether the weights that training would begin with are looked for. A run that is over does not need them any more.
///   - freeMemory: into which must fit what layers that never change put out, for this to be kept.
public func checkModel(_ path: String, overrides: [String] = [], threads: Int? = nil, readsWeights: Bool = false, freeMemory: Int = Machine.freeMemory) -> CheckedModel {
    do { return checkModel(try readModelSource(path), overrides: overrides, threads: threads, readsWeights: readsWeights, freeMemory: freeMemory) } catch {
        var checked = CheckedModel()
        checked.diagnostics = error.diagnostics
        return checked
    }
}

/// The same for a text that is at hand; `source.path` says where relative paths start.
public func checkModel(
    _ source: SourceText, overrides: [String] = [], threads: Int? = nil, readsWeights: Bool = false, freeMemory: Int = Machine.freeMemory
) -> CheckedModel {
    var checked = CheckedModel()
    checked.source = source
    checked.run(overrides: overrides, threads: threads, readsWeights: readsWeights, freeMemory: freeMemory)
    return checked
}

extension CheckedModel {
    fileprivate mutating func run(overrides: [String], threads: Int?, readsWeights: Bool, freeMemory: Int) {
        let environment = ProcessInfo.processInfo.environment
        guard
            let source,
            let tree = compose(
                main: source, sets: overrides, environment: environment,
                read: { path in Result { () throws(DiagnosticError) in try readModelSource(path) } }, diagnostics: &diagnostics)
        else { return }
        self.tree = tree
        let origin = ModelOrigin(tree: tree, directory: (source.path as NSString).deletingLastPathComponent, environment: environment)
        guard let model = origin.check(tree, &diagnostics) else { return }
        self.model = model
        guard let knowledge = model.dataKnowledge(&diagnostics) else { return }
        let threads = threads ?? model.train.threads ?? Machine.processors
        do {
            let policies = PolicyTable(model, catalogue: allPolicies, diagnostics: &diagnostics)
            guard !diagnostics.hasErrors else { return }
            let options = LoweringOptions(threads: threads, policies: policies, front: model.frozenFront)
            var made = try PreparedModel(model, knowledge, options, diagnostics: &diagnostics)
            if let front = options.front, let estimate = made?.estimate, estimate.memory.total > freeMemory {
                diagnostics.append(.frontNotKept(estimate, free: freeMemory, at: model.layers[front.output].type.location))
                made = try PreparedModel(model, knowledge, LoweringOptions(threads: threads, policies: policies), diagnostics: &diagnostics)
            }
            guard var made else { return }
            made.origin = origin
            if readsWeights { made.initialWeights = try InitialWeights(made) }
            prepared = made
        } catch {
            for diagnostic in CommandFailure(error).diagnostics where !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
        }
    }
}

extension PreparedModel {
    /// Lowers a model with its policies, and without them. Nil where the diagnostics say why not.
    fileprivate init?(_ model: ModelFile, _ knowledge: DataKnowledge, _ options: LoweringOptions, diagnostics: inout [Diagnostic]) throws {
        let lowered = try lower(model, facts: knowledge.facts, options: options, diagnostics: &diagnostics)
        guard !diagnostics.hasErrors else { return nil }
        var dense = lowered.schedule
        if !options.policies.entries.isEmpty {
            var ignored: [Diagnostic] = []
            let plain = LoweringOptions(threads: options.threads, front: options.front)
            dense = try lower(model, facts: knowledge.facts, options: plain, diagnostics: &ignored).schedule
        }
        self.init(model: model, description: knowledge, options: options, lowered: lowered, denseSchedule: dense)
    }
}

extension Diagnostic {
    /// - Parameter estimate: with what would be kept.
    fileprivate static func frontNotKept(_ estimate: Estimate, free: Int, at location: Location) -> Diagnostic {
        let bytes = Readable.bytes(estimate.front?.bytes ?? 0), examples = Readable.grouped(estimate.front?.examples ?? 0)
        return Diagnostic(
            .frontNotKept, "the layers up to here run in every step, although training does not change them", at: location,
            help: ["what they put out for \(examples) examples takes \(bytes); with it the run would need \(Readable.bytes(estimate.memory.total)), and \(Readable.bytes(free)) are free"])
    }
}
