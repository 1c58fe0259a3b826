import Diagnostics
import Kernels

/// The problems of a file, the first of them only.
struct SparseProblems {
    static let most = CSVReader.mostProblems

    private(set) var found: [Diagnostic] = []
    private(set) var suppressed = 0

    var isEmpty: Bool { found.isEmpty }
    /// So many that more of the file need not be looked at.
    var isEnough: Bool { suppressed > 100 }

    mutating func add(_ diagnostic: Diagnostic) {
        if found.count < Self.most { found.append(diagnostic) } else { suppressed += 1 }
    }

    mutating func add(_ others: SparseProblems) {
        for diagnostic in others.found { add(diagnostic) }
        suppressed += others.suppressed
    }

    /// The last one says that it is not the last.
    var shown: [Diagnostic] {
        guard suppressed > 0, let last = found.last else { return found }
        return found.dropLast() + [
            Diagnostic(
                last.kind, last.message, at: last.location, related: last.related,
                help: last.help + ["there are more problems in this file; the first \(Self.most) are shown"])
        ]
    }
}

/// A line that something is wrong with.
struct SparsePlace {
    let file: DataPath
    let bytes: Bytes
    /// From 1.
    let line: Int
    /// Where the line begins in `bytes`.
    let start: Int

    /// In characters from 1.
    private func column(_ place: Int) -> Int {
        var column = 1
        for index in start..<place where bytes[index] & 0xC0 != 0x80 { column += 1 }
        return column
    }

    private func text(_ range: Range<Int>) -> String { quoted(bytes.text(range), limit: 40) }

    private func problem(_ kind: DiagnosticKind, _ message: String, _ place: Int, help: [String] = []) -> Diagnostic {
        file.diagnostic(kind, message, line: line, column: column(place), help: help)
    }

    /// `range` is the word that should have been `feature:value`; `number`, where it has that form, what stands behind the colon.
    func badFeature(_ range: Range<Int>, number: Range<Int>?) -> Diagnostic {
        if range.count > 4, text(range.lowerBound..<range.lowerBound + 4) == "qid:" {
            return problem(.badSparseFeature, "`\(text(range))` groups examples into queries, which are not read", range.lowerBound, help: ["take the `qid:` out of every line"])
        }
        guard let number else {
            return problem(.badSparseFeature, "`\(text(range))` is not a feature and its value", range.lowerBound, help: ["write the feature's number, a colon, and the value: `17:0.5`"])
        }
        return problem(.badSparseFeature, number.isEmpty ? "there is no value behind `\(text(range))`" : "`\(text(number))` is not a number", number.lowerBound)
    }

    func nonFinite(_ range: Range<Int>) -> Diagnostic {
        let text = text(range)
        let isNumber = range.contains { (0x30...0x39).contains(bytes[$0]) }
        return problem(
            .nonFiniteValue, isNumber ? "`\(text)` is too large for a 32-bit number" : "a feature has the value `\(text)`", range.lowerBound,
            help: ["take the feature out of the line, or put a number in its place"])
    }

    func featureOutOfRange(_ range: Range<Int>, _ allowed: ClosedRange<Int>?, isBelow: Bool, isXC: Bool) -> Diagnostic {
        let run = allowed.map { "features run \($0.lowerBound)…\($0.upperBound)" } ?? "there are no features"
        let help = isXC ? "the number of features is the second number of the header"
            : isBelow ? "features are counted from 1, unless it says `feature_base: 0`" : "`input.shape` says how many features there are; left out, the data say it"
        return problem(.featureOutOfRange, "feature \(text(range)) is out of range; \(run)", range.lowerBound, help: [help])
    }

    func repeated(_ isLabel: Bool, _ number: Int, _ place: Int) -> Diagnostic {
        problem(.repeatedFeature, "\(isLabel ? "label" : "feature") \(number) stands in line \(line) more than once", place)
    }

    func badLabel(_ range: Range<Int>) -> Diagnostic {
        problem(
            .badSparseLabel, range.isEmpty ? "a label is missing" : "`\(text(range))` is not a label", range.lowerBound,
            help: ["labels are whole numbers from 0, with commas between them and no spaces"])
    }

    func labelOutOfRange(_ range: Range<Int>, _ allowed: ClosedRange<Int>?, isBelow: Bool, isXC: Bool) -> Diagnostic {
        let isNegative = bytes[range.lowerBound] == 0x2D
        let run = allowed.map { "labels run \($0.lowerBound)…\($0.upperBound)" } ?? "there are no labels"
        let help = isXC ? "the number of labels is the third number of the header"
            : isNegative ? "labels are counted from 0: write 0 and 1 for -1 and 1"
            : isBelow ? "did you mean `label_base: 0`?" : "the network's output has fewer units than the file has labels"
        return problem(.labelOutOfRange, "label \(text(range)) is out of range; \(run)", range.lowerBound, help: [help])
    }
}
