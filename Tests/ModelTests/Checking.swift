import Diagnostics
import Foundation
import Model
import Syntax

/// Reads, composes and checks a text, as every command does.
struct Checking {
    var model: ModelFile?
    var diagnostics: [Diagnostic] = []
    var tree: Node?

    init(_ text: String, sets: [String] = [], policies: [PolicySchema] = [], files: [String: String] = [:], environment: [String: String] = [:]) {
        self.init(SourceText(path: "model.yaml", text: text), sets: sets, policies: policies, environment: environment) { path in
            if let text = files[path] { return .success(SourceText(path: path, text: text)) }
            return .failure(DiagnosticError(Diagnostic(.extendsNotPath, "cannot read \(path)", at: .file(path: path))))
        }
    }

    init(
        _ source: SourceText, sets: [String], policies: [PolicySchema], environment: [String: String],
        read: (String) -> Result<SourceText, DiagnosticError>
    ) {
        tree = compose(main: source, sets: sets, environment: environment, read: read, diagnostics: &diagnostics)
        if let tree {
            let directory = (source.path as NSString).deletingLastPathComponent
            model = check(tree, policies: policies, directory: directory, environment: environment, diagnostics: &diagnostics)
        }
    }

    /// A file of the checkout; base files are read from disk.
    init(file: URL, sets: [String] = [], policies: [PolicySchema] = [], environment: [String: String] = [:]) throws {
        let source = SourceText(path: file.path, bytes: [UInt8](try Data(contentsOf: file)))
        self.init(source, sets: sets, policies: policies, environment: environment) { path in
            guard let data = FileManager.default.contents(atPath: path) else {
                return .failure(DiagnosticError(Diagnostic(.extendsNotPath, "cannot read \(path)", at: .file(path: path))))
            }
            return .success(SourceText(path: path, bytes: [UInt8](data)))
        }
    }

    /// Policies of no program, the same as those of the golden files.
    static let policies = [
        PolicySchema(
            slot: .forward, keyword: "some_units", summary: "Computes some of the units.",
            fields: [
                Key("active", .amount, required: true, "How many.", example: "active: 5%"),
                Key("rebuild", .object(ObjectSchema("`rebuild`", "When to choose anew.", keys: [Key("every", .span, default: "50 steps", "How often.")])), "When to choose anew."),
            ]),
        PolicySchema(slot: .backward, keyword: "some_entries", summary: "Keeps some entries of the gradient.", fields: [Key("k", .integer(1...1000), required: true, "How many.", example: "k: 160")]),
    ]

    var ids: [String] { diagnostics.map(\.kind.id) }
    var said: String { diagnostics.map { "\($0.kind.id) \($0.message) | \($0.help.joined(separator: "; "))" }.joined(separator: "\n") }
}

let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
