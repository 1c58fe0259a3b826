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
public func checkModel(_ path: String, overrides: [String] = [], threads: Int? = nil) -> CheckedModel {
    do { return checkModel(try readModelSource(path), overrides: overrides, threads: threads) } catch {
        var checked = CheckedModel()
        checked.diagnostics = error.diagnostics
        return checked
    }
}

/// The same for a text that is at hand; `source.path` says where relative paths start.
public func checkModel(_ source: SourceText, overrides: [String] = [], threads: Int? = nil) -> CheckedModel {
    var checked = CheckedModel()
    checked.source = source
    checked.run(overrides: overrides, threads: threads)
    return checked
}

extension CheckedModel {
    fileprivate mutating func run(overrides: [String], threads: Int?) {
        let environment = ProcessInfo.processInfo.environment
        guard
            let source,
            let tree = compose(
                main: source, sets: overrides, environment: environment,
                read: { path in Result { () throws(DiagnosticError) in try readModelSource(path) } }, diagnostics: &diagnostics)
        else { return }
        self.tree = tree
        let directory = (source.path as NSString).deletingLastPathComponent
        guard
            let model = check(
                tree, policies: allPolicies.map { $0.schema }, directory: directory, environment: environment,
                diagnostics: &diagnostics)
        else { return }
        self.model = model
        guard let knowledge = model.dataKnowledge(&diagnostics) else { return }
        let threads = threads ?? model.train.threads ?? Machine.processors
        do {
            let policies = PolicyTable(model, catalogue: allPolicies, diagnostics: &diagnostics)
            guard !diagnostics.hasErrors else { return }
            let options = LoweringOptions(threads: threads, policies: policies)
            let lowered = try lower(model, facts: knowledge.facts, options: options, diagnostics: &diagnostics)
            guard !diagnostics.hasErrors else { return }
            var dense = lowered.schedule
            if !policies.entries.isEmpty {
                var ignored: [Diagnostic] = []
                dense = try lower(model, facts: knowledge.facts, options: LoweringOptions(threads: threads), diagnostics: &ignored).schedule
            }
            prepared = PreparedModel(model: model, description: knowledge, options: options, lowered: lowered, denseSchedule: dense)
        } catch {
            for diagnostic in CommandFailure(error).diagnostics where !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
        }
    }
}
