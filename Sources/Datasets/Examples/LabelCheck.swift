import Diagnostics
import Kernels

/// Looks at every label once, before a label out of range could become a wild gradient.
struct LabelCheck {
    /// More classes than this need more memory for one example than a machine has for all.
    static let mostClasses = 1 << 24
    /// What the model file may give as `label_base`.
    private static let bases = 0...1

    let request: DataRequest
    let known: Int?

    init(_ request: DataRequest, known: Int?) {
        self.request = request
        self.known = known
    }

    /// Brings class numbers to 0..<classes in place, and returns how many there are; nil where targets are numbers.
    func run(train: Stored, others: [Stored], _ warnings: inout [Diagnostic]) throws(DiagnosticError) -> Int? {
        guard Int32(exactly: base) != nil else {
            throw DiagnosticError(Diagnostic(.labelOutOfRange, "no label can be \(base)", at: request.location))
        }
        guard case .classes(let labels) = train.store.target else {
            for stored in [train] + others { rebase(stored) }
            return nil
        }
        let classes: Int
        if let given = known ?? request.classes?.value ?? oneHotWidth {
            classes = min(given, Int(Int32.max))
        } else {
            classes = try counted(range(labels), train)
        }
        let problems = ([train] + others).compactMap { problem($0, classes: classes) }
        guard problems.isEmpty else { throw DiagnosticError(problems) }
        for stored in [train] + others { rebase(stored) }
        if let warning = missing(labels, classes, train) { warnings.append(warning) }
        return classes
    }

    /// Made examples count from 0 whatever the request says.
    private var base: Int { if case .synthetic = request.source { 0 } else { request.labelBase } }

    /// Class numbers that become rows must fit them.
    private var oneHotWidth: Int? { if case .values(let width) = request.target { width } else { nil } }

    private func range(_ labels: Ints) -> ClosedRange<Int> {
        var low = Int32.max, high = Int32.min
        for index in 0..<labels.count {
            low = min(low, labels[index])
            high = max(high, labels[index])
        }
        return Int(low)...Int(max(low, high))
    }

    private func counted(_ span: ClosedRange<Int>, _ train: Stored) throws(DiagnosticError) -> Int {
        let classes = span.upperBound - base + 1
        guard classes > Self.mostClasses else { return max(classes, 1) }
        throw DiagnosticError(Diagnostic(
            .labelOutOfRange, "labels run \(span.lowerBound)…\(span.upperBound): that would be \(classes) classes; nnc counts up to \(Self.mostClasses)",
            at: train.reader.place(ofLabel: first(train) { $0 == span.upperBound })))
    }

    private func problem(_ stored: Stored, classes: Int) -> Diagnostic? {
        guard case .classes(let labels) = stored.store.target else { return nil }
        let span = range(labels), allowed = base...max(base, base + classes - 1)
        if allowed.contains(span.lowerBound), allowed.contains(span.upperBound) { return nil }
        let example = first(stored) { !allowed.contains($0) }
        var help: [String] = []
        if Self.bases.contains(span.lowerBound), span.lowerBound != base, span.count <= classes {
            help.append("did you mean `label_base: \(span.lowerBound)`?")
        } else if span.lowerBound >= base, request.classes != nil || oneHotWidth != nil {
            help.append("the last layer needs \(span.upperBound - base + 1) units for these labels")
        }
        let named = request.classes.flatMap { $0.location == .nowhere ? nil : RelatedPlace($0.location, "the number of classes comes from here") }
        return Diagnostic(
            .labelOutOfRange,
            "labels run \(span.lowerBound)…\(span.upperBound); \(classes) \(classes == 1 ? "class" : "classes") from \(base) run \(allowed.lowerBound)…\(allowed.upperBound). Example \(example) (from 0) is the first one outside, with label \(labels[example])",
            at: stored.reader.place(ofLabel: example), related: named.map { [$0] } ?? [], help: help)
    }

    private func first(_ stored: Stored, where isWanted: (Int) -> Bool) -> Int {
        guard case .classes(let labels) = stored.store.target else { return 0 }
        return (0..<labels.count).first { isWanted(Int(labels[$0])) } ?? 0
    }

    private func rebase(_ stored: Stored) {
        switch stored.store.target {
        case .classes(let labels): for index in 0..<labels.count { labels[index] -= Int32(base) }
        case .values(let values, let width): if width == 1 { for index in 0..<values.count { values[index] -= Float(base) } }
        }
    }

    private func missing(_ labels: Ints, _ classes: Int, _ train: Stored) -> Diagnostic? {
        guard classes <= Self.mostClasses else { return nil }
        var isThere = [Bool](repeating: false, count: classes)
        for index in 0..<labels.count { isThere[Int(labels[index])] = true }
        let missing = isThere.indices.filter { !isThere[$0] }
        // With very many classes it is usual that some are rare.
        guard !missing.isEmpty, classes <= 1000 || missing.count > classes / 2 else { return nil }
        let names = missing.prefix(8).map { String($0 + base) }.joined(separator: ", ") + (missing.count > 8 ? ", …" : "")
        let startsLate = missing.first == 0 && !isThere.dropFirst(missing.count).contains(false)
        return Diagnostic(
            .classWithoutExamples, "no training example is of class \(names)", at: train.reader.place(ofLabel: 0),
            help: startsLate && Self.bases.contains(base + missing.count) ? ["did you mean `label_base: \(base + missing.count)`?"] : [])
    }
}
