import Diagnostics
import Syntax

/// What the parts of the checker share: the language, the problems found so far, and what paths need.
final class CheckContext {
    let language: Language
    let environment: [String: String]
    /// The text of the main file; paths in it are relative to `directory`.
    let mainSource: SourceText
    let directory: String
    var diagnostics: [Diagnostic] = []
    /// From `defaults:`, by layer type; set before the layers are read.
    var layerDefaults: [String: [CheckedObject.Entry]] = [:]

    init(language: Language, environment: [String: String], mainSource: SourceText, directory: String) {
        self.language = language
        self.environment = environment
        self.mainSource = mainSource
        self.directory = directory
    }

    func report(
        _ kind: DiagnosticKind, _ message: String, at location: Location, label: String? = nil,
        related: [RelatedPlace] = [], help: [String] = [], fix: Fix? = nil
    ) {
        diagnostics.append(Diagnostic(kind, message, at: location, label: label, related: related, help: help, fix: fix))
    }

    /// The directory to which the paths written in a text are relative.
    func directory(of source: SourceText) -> String {
        if source === mainSource { return directory }
        // A path given on the command line is relative to where the command is run.
        if source.path == commandLineSource { return "" }
        return Path.directory(source.path)
    }
}

/// The path of the text of a `--set` argument.
let commandLineSource = "--set"

/// Paths as text: this module does no IO.
enum Path {
    /// All before the last slash; empty where there is none.
    static func directory(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func join(_ directory: String, _ path: String) -> String {
        if path.hasPrefix("/") || directory.isEmpty || directory == "." { return path }
        return directory.hasSuffix("/") ? directory + path : directory + "/" + path
    }
}
