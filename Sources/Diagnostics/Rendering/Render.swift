/// How diagnostics are printed.
public enum DiagnosticFormat: String, Sendable, CaseIterable {
    case text, json, sarif, github
}

/// Diagnostics as text, ending with a newline where there is anything to say.
///
/// - Parameters:
///   - colour: ANSI colours, for `text` only.
///   - width: columns of the terminal; longer source lines are cut around the place. For `text` only.
public func render(_ diagnostics: [Diagnostic], format: DiagnosticFormat = .text, colour: Bool = false, width: Int = 120) -> String {
    switch format {
    case .text: TextRenderer(colour: colour, width: width).render(diagnostics)
    case .json: renderJSON(diagnostics)
    case .sarif: renderSARIF(diagnostics)
    case .github: renderGitHub(diagnostics)
    }
}

/// `2 errors, 1 warning`; empty where there are neither.
public func summary(_ diagnostics: [Diagnostic]) -> String {
    let parts = [(Severity.error, "error"), (.warning, "warning")].compactMap { severity, name -> String? in
        let count = diagnostics.count { $0.severity == severity }
        return count == 0 ? nil : "\(count) \(name)\(count == 1 ? "" : "s")"
    }
    return parts.joined(separator: ", ")
}
