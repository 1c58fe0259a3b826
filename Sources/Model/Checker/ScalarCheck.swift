import Diagnostics
import Syntax

// Single values. Each reads one kind; what is wrong is reported, and nil comes back.
extension CheckContext {
    func version(_ node: Node) -> Checked.Value? {
        if case .int(1)? = node.scalar?.value { return .integer(1) }
        let isMeant = node.scalar.map { ["1", "1.0", "v1"].contains($0.text) } ?? false
        report(.wrongVersion, "this nnc reads version 1 of the language, not \(node.scalar.map { "`\($0.text.shortened)`" } ?? node.described)", at: node.location,
            help: ["write `version: 1`"], fix: isMeant ? Fix(node.range, "1") : nil)
        return nil
    }

    func text(_ node: Node, _ key: Key, _ wanted: String) -> String? {
        guard let scalar = node.scalar else { return wrongType(node, key, wanted) }
        if case .string(let text) = scalar.value, !text.isEmpty { return text }
        // A name may look like a number; a word of an enumeration never does.
        switch key.kind {
        case .text, .path, .paths:
            if case .bool = scalar.value { return wrongType(node, key, wanted) }
            if !scalar.text.isEmpty { return scalar.text }
        default: break
        }
        if case .string = scalar.value {
            report(.emptyValue, "`\(key.name)` is empty", at: node.location)
            return nil
        }
        return wrongType(node, key, wanted)
    }

    func name(_ node: Node, _ key: Key) -> Checked.Value? {
        guard let name = node.scalar?.text, !name.isEmpty else { return wrongType(node, key, "a name") }
        let isReference = key.name == "inputs"
        if !isName(name) || (name == "input" && !isReference) {
            reportName(name, node)
            return nil
        }
        return .text(name)
    }

    func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 200 else { return false }
        func isLetter(_ byte: UInt8) -> Bool { (byte | 32) >= UInt8(ascii: "a") && (byte | 32) <= UInt8(ascii: "z") || byte == UInt8(ascii: "_") }
        return isLetter(first) && name.utf8.allSatisfy { isLetter($0) || ($0 >= 48 && $0 <= 57) || $0 == UInt8(ascii: "-") }
    }

    func reportName(_ name: String, _ node: Node) {
        if name == "input" || name == "none" {
            report(.malformedName, "`\(name)` is taken: it means \(name == "input" ? "the input of the network" : "no policy")", at: node.location)
            return
        }
        var right = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") ? $0 : "_" })
        if right.first?.isNumber ?? true || right.first == "-" { right = "_" + right }
        report(.malformedName, "`\(name.shortened)` cannot be a name: it takes letters, digits, `_` and `-`, and does not start with a digit or a dash", at: node.location,
            help: ["write for instance `\(right.shortened)`"])
    }

    func path(_ node: Node, _ key: Key) -> Checked.Value? {
        guard let text = text(node, key, "a path"), let replaced = replaceVariables(text, node) else { return nil }
        return .text(Path.join(directory(of: node.range.source), replaced))
    }

    func flag(_ node: Node, _ key: Key) -> Checked.Value? {
        guard let scalar = node.scalar else { return wrongType(node, key, "`true` or `false`") }
        if case .bool(let flag) = scalar.value { return .flag(flag) }
        let meant: Bool? =
            switch scalar.text.lowercased() {
            case "yes", "on", "y", "true", "1": true
            case "no", "off", "n", "false", "0": false
            default: nil
            }
        guard let meant else { return wrongType(node, key, "`true` or `false`") }
        let kind: DiagnosticKind = scalar.style == .plain ? .notTrueOrFalse : .quotedNumber
        report(kind, "`\(key.name)` is `true` or `false`, not \(node.described)", at: node.location, help: ["write `\(meant)`"], fix: Fix(node.range, "\(meant)"))
        return nil
    }

    func integer(_ node: Node, _ key: Key, _ range: ClosedRange<Int>) -> Checked.Value? {
        let wanted = "a whole number"
        guard let scalar = node.scalar else { return wrongType(node, key, wanted) }
        switch scalar.value {
        case .int(let value):
            if range.contains(value) { return .integer(value) }
            outOfRange(node, key, range.phrase)
        case .float(let value):
            if !value.isFinite {
                notFinite(node, key)
            } else if value == value.rounded(), abs(value) < 1e15, scalar.text.contains(where: { ".eE".contains($0) }) {
                report(.wholeNumberNeeded, "`\(key.name)` is a whole number, written with digits only", at: node.location,
                    help: ["write `\(plain(value))`"], fix: Fix(node.range, plain(value)))
            } else if abs(value) >= 1e15 {
                outOfRange(node, key, range.phrase)
            } else {
                report(.wholeNumberNeeded, "`\(key.name)` is a whole number, not \(scalar.text)", at: node.location)
            }
        default: return numberFromText(node, key, wanted)
        }
        return nil
    }

    func number(_ node: Node, _ key: Key, _ range: NumberRange) -> Checked.Value? {
        guard let scalar = node.scalar else { return wrongType(node, key, "a number") }
        let value: Double
        switch scalar.value {
        case .int(let whole): value = Double(whole)
        case .float(let number): value = number
        default:
            // Rates stay fractions, as in Keras.
            if let share = Share.read(scalar.text), range.contains(share) {
                report(.wrongType, "`\(key.name)` is a fraction, not a share", at: node.location, help: ["write `\(share)`"], fix: Fix(node.range, "\(share)"))
                return nil
            }
            return numberFromText(node, key, "a number")
        }
        guard value.isFinite else { return notFinite(node, key) }
        if range.contains(value) { return .number(value) }
        outOfRange(node, key, range.phrase)
        return nil
    }

    /// A number in quotes, or no number at all.
    private func numberFromText(_ node: Node, _ key: Key, _ wanted: String) -> Checked.Value? {
        if let scalar = node.scalar, scalar.style != .plain {
            switch Scalar(scalar.text).value {
            case .int, .float:
                report(.quotedNumber, "`\(key.name)` is \(wanted), and what stands in quotes is a string", at: node.location,
                    help: ["write `\(scalar.text)` without quotes"], fix: Fix(node.range, scalar.text))
                return nil
            default: break
            }
        }
        return wrongType(node, key, wanted)
    }

    /// Reports a word that is not among the choices.
    func checkWord(_ word: String, _ node: Node, _ words: ChoiceSet, what: String) -> Bool {
        if let choice = words.choices.first(where: { $0.word == word }) {
            if choice.isSupported { return true }
            report(.valueNotSupported, "`\(word)` is not supported by this version of nnc", at: node.location,
                help: ["this version has \(words.supported.quotedList)"])
            return false
        }
        let right = words.meant(by: word)
        report(.unknownWord, "unknown \(what) `\(word.shortened)`".replacingUnknownKey(what, word), at: node.location,
            help: right.map { ["did you mean `\($0)`?"] } ?? ["it is one of \(words.supported.quotedList)"], fix: right.map { Fix(node.range, $0) })
        return false
    }

    func column(_ node: Node, _ key: Key) -> Checked.Value? {
        guard let scalar = node.scalar else { return wrongType(node, key, "the name or the position of a column") }
        switch scalar.value {
        case .int(let position) where position >= 0: return .text(String(position))
        case .string(let name) where !name.isEmpty: return .text(name)
        default: return wrongType(node, key, "the name of a column, or its position from 0")
        }
    }

    // MARK: - Reports

    @discardableResult
    func wrongType<T>(_ node: Node, _ key: Key, _ wanted: String) -> T? {
        report(.wrongType, "`\(key.name)` is \(wanted), not \(node.described)", at: node.location, help: key.example.map { ["write for instance `\($0)`"] } ?? [])
        return nil
    }

    func outOfRange(_ node: Node, _ key: Key, _ phrase: String) {
        report(.outOfRange, "`\(key.name)` is \(phrase), not \(node.scalar?.text.shortened ?? "")", at: node.location)
    }

    @discardableResult
    func notFinite(_ node: Node, _ key: Key) -> Checked.Value? {
        report(.notFinite, "`\(key.name)` cannot be \(node.scalar?.text ?? "")", at: node.location)
        return nil
    }
}

extension ClosedRange<Int> {
    /// `between 1 and 1024`, `at least 0`
    var phrase: String {
        if upperBound >= sizeLimit { return upperBound == sizeLimit ? "between \(lowerBound) and 2^40" : "at least \(lowerBound)" }
        return "between \(lowerBound) and \(upperBound)"
    }
}

extension String {
    /// `activation` cannot be `rellu`, rather than: unknown `activation` `rellu`.
    fileprivate func replacingUnknownKey(_ what: String, _ word: String) -> String {
        what.hasPrefix("`") ? "\(what) cannot be `\(word.shortened)`" : self
    }
}

extension ChoiceSet {
    /// The word that another tool's name or a misspelt one stands for.
    func meant(by word: String) -> String? {
        let lower = word.lowercased()
        return choices.first { choice in choice.word == lower || choice.otherNames.contains { $0.lowercased() == lower } }?.word ?? nearest(word, in: supported)
    }
}
