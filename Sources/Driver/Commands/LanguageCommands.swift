import Diagnostics
import Foundation
import Model
import Policies
import Runtime

extension CheckedModel {
    /// The file with everything put in, as text that stands on its own: paths are absolute.
    ///
    /// - Parameters:
    ///   - origins: whether each value is followed by where it comes from.
    ///   - strategies: by place in the list of layers, what was chosen where the file leaves it open.
    func resolved(origins: Bool, strategies: [Int: Strategy] = [:]) -> String? {
        guard let tree, let source else { return nil }
        return resolvedText(
            tree, policies: allPolicies.map { $0.schema }, directory: (source.path as NSString).deletingLastPathComponent,
            environment: ProcessInfo.processInfo.environment, origins: origins, workingDirectory: FileManager.default.currentDirectoryPath,
            strategies: strategies)
    }
}

/// What `nnc config` prints. Needs a file that checks, but no data.
public func configText(_ file: String, overrides: [String]) throws -> String {
    let checked = checkModel(file, overrides: overrides)
    guard checked.model != nil, let text = checked.resolved(origins: true) else {
        throw CommandFailure(checked.diagnostics, code: CommandFailure.inputCode)
    }
    return text
}

/// The JSON Schema of model files, or the reference of the language in Markdown.
public func languageText(reference: Bool) -> String {
    reference ? referenceMarkdown(policies: allPolicies.map { $0.schema }) : schemaJSON(policies: allPolicies.map { $0.schema })
}

/// Writes both into a directory, as they stand in `grammar/`.
public func writeLanguage(to directory: String) throws {
    for (name, text) in [("model.schema.json", languageText(reference: false)), ("reference.md", languageText(reference: true))] {
        do { try OutputFile.write(text, to: directory + "/" + name) } catch {
            throw CommandFailure(
                [Diagnostic(.writeFailed, "cannot write `\(error.path)`: \(error.reason)", at: .file(path: error.path))], code: CommandFailure.workCode)
        }
    }
}
