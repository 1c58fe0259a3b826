import Diagnostics
import Syntax

extension CheckContext {
    /// Replaces `${NAME}` and `${NAME:-default}` in a path. Nil where a variable is not set or malformed.
    func replaceVariables(_ text: String, _ node: Node) -> String? {
        switch expandVariables(text, environment: environment, at: node.location) {
        case .success(let replaced): return replaced
        case .failure(let error):
            diagnostics += error.diagnostics
            return nil
        }
    }
}

func expandVariables(_ text: String, environment: [String: String], at location: Location) -> Result<String, DiagnosticError> {
    var result = ""
    var rest = text[...]
    while let start = rest.range(ofVariable: "${") {
        result += rest[..<start]
        let body = rest[rest.index(start, offsetBy: 2)...]
        guard let end = body.firstIndex(of: "}") else {
            return .failure(DiagnosticError(Diagnostic(.malformedVariable, "`${` without a closing `}` in a path", at: location, help: ["write `${NAME}` or `${NAME:-default}`"])))
        }
        let inside = body[..<end]
        let (name, fallback) = inside.splitDefault
        guard let first = name.utf8.first, !(first >= 48 && first <= 57),
            name.utf8.allSatisfy({ ($0 | 32) >= 97 && ($0 | 32) <= 122 || ($0 >= 48 && $0 <= 57) || $0 == UInt8(ascii: "_") })
        else {
            return .failure(DiagnosticError(Diagnostic(.malformedVariable, "`${\(String(inside).shortened)}` is no variable", at: location, help: ["write `${NAME}` or `${NAME:-default}`"])))
        }
        // As in a shell, `:-` also stands in for a variable that is set and empty.
        let value = environment[String(name)]
        if let value, fallback == nil || !value.isEmpty {
            result += value
        } else if let fallback {
            result += fallback
        } else {
            return .failure(DiagnosticError(Diagnostic(.variableNotSet, "the environment variable `\(name)` is not set", at: location, help: ["set it, or write `${\(name):-default}`"])))
        }
        rest = body[body.index(after: end)...]
    }
    return .success(result + rest)
}

extension Substring {
    fileprivate func range(ofVariable mark: String) -> Index? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(mark) { return index }
            index = self.index(after: index)
        }
        return nil
    }

    fileprivate var splitDefault: (name: Substring, fallback: Substring?) {
        guard let mark = range(ofVariable: ":-") else { return (self, nil) }
        return (self[..<mark], self[index(mark, offsetBy: 2)...])
    }
}
