import Syntax

extension String {
    /// `a dense layer`, `an sgd optimizer`
    var withArticle: String {
        guard let first = lowercased().first else { return self }
        if ["sgd ", "rmsprop ", "lstm "].contains(where: { lowercased().hasPrefix($0) }) {
            return first == "s" || first == "r" || first == "l" ? "an \(self)" : "a \(self)"
        }
        return "aeiou".contains(first) ? "an \(self)" : "a \(self)"
    }
}

extension [String] {
    /// `a`, `b` and `c`, in backquotes.
    var quotedList: String {
        let quoted = map { "`\($0)`" }
        guard quoted.count > 1, let last = quoted.last else { return quoted.first ?? "none" }
        return quoted.dropLast().joined(separator: ", ") + " and " + last
    }
}

extension Node {
    /// What it is, for a message: "a list", "the word `many`".
    var described: String {
        switch content {
        case .sequence: return "a list"
        case .mapping: return "a mapping"
        case .invalid: return "what is there"
        case .scalar(let scalar):
            switch scalar.value {
            case .null: return "empty"
            case .bool: return "`\(scalar.text)`"
            case .int, .float: return "the number \(scalar.text)"
            case .string: return scalar.style == .plain ? "the word `\(scalar.text.shortened)`" : "the string \"\(scalar.text.shortened)\""
            }
        }
    }
}

extension String {
    /// At most 40 characters of it, so that a message stays a line.
    var shortened: String { count > 40 ? prefix(39) + "…" : self }
}
