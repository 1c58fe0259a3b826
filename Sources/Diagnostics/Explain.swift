/// What `nnc explain` prints about an id, or nil where there is none such. `NNC0102`, `nnc0102` and `102` are the same.
public func explain(_ id: String) -> String? {
    guard let kind = DiagnosticKind.find(id) else { return nil }
    func block(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "    " + $0 }.joined(separator: "\n")
    }
    return """
        \(kind.severity.rawValue)[\(kind.id)]: \(kind.title)

        \(wrapped(kind.explanation, 80))

        Wrong:

        \(block(kind.wrong))

        Right:

        \(block(kind.right))

        """
}

/// The id that was perhaps meant, for `did you mean`.
public func nearestID(to id: String) -> String? {
    nearest(normalized(id), in: DiagnosticKind.all.map(\.id))
}

extension DiagnosticKind {
    static func find(_ id: String) -> DiagnosticKind? {
        let wanted = normalized(id)
        return all.first { $0.id == wanted }
    }
}

/// `102` as `NNC0102`.
private func normalized(_ id: String) -> String {
    let upper = id.uppercased()
    let digits = upper.hasPrefix("NNC") ? String(upper.dropFirst(3)) : upper
    guard !digits.isEmpty, digits.count <= 4, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return upper }
    return "NNC" + String(repeating: "0", count: 4 - digits.count) + digits
}

private func wrapped(_ text: String, _ width: Int) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { paragraph in
        var lines: [String] = []
        var line = ""
        for word in paragraph.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " " + word
        }
        return (lines + [line]).joined(separator: "\n")
    }.joined(separator: "\n")
}
