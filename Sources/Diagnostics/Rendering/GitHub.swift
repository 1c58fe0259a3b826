/// Workflow commands of GitHub Actions, which become annotations of the changed files.
func renderGitHub(_ diagnostics: [Diagnostic]) -> String {
    diagnostics.map { diagnostic in
        let command = diagnostic.severity == .error ? "error" : diagnostic.severity == .warning ? "warning" : "notice"
        var properties: [(String, String)] = []
        if let region = Region(diagnostic.location) {
            properties.append(("file", region.file))
            if let line = region.line { properties.append(("line", String(line))) }
            let isOneLine = region.endLine == nil || region.endLine == region.line
            // Columns are allowed only where the place is within one line.
            if isOneLine, let column = region.column { properties.append(("col", String(column))) }
            if let line = region.endLine { properties.append(("endLine", String(line))) }
            if isOneLine, let column = region.endColumn { properties.append(("endColumn", String(column))) }
        }
        properties.append(("title", "\(diagnostic.kind.id): \(diagnostic.kind.title)"))
        let listed = properties.map { "\($0)=\(escapedForGitHub($1, isProperty: true))" }.joined(separator: ",")
        let message = ([diagnostic.message] + diagnostic.help.map { "help: \($0)" }).joined(separator: "\n")
        return "::\(command) \(listed)::\(escapedForGitHub(message, isProperty: false))\n"
    }.joined()
}

private func escapedForGitHub(_ text: String, isProperty: Bool) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "%": result += "%25"
        case "\r": result += "%0D"
        case "\n": result += "%0A"
        case ":" where isProperty: result += "%3A"
        case "," where isProperty: result += "%2C"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}
