import Diagnostics
import Foundation
import Graph
import Kernels
import Lowering
import Model

/// A fixed mask: some units of a layer never take part. They are left out of the plan, so their work is not done, nor that of the
/// layers that would read them.
struct Mask: NeuronsPolicy {
    enum Pick: String { case random, weightNorm = "weight_norm", file }

    let keep: Amount
    let pick: Pick
    let file: String?

    static let schema = PolicySchema(
        slot: .neurons, keyword: "mask",
        summary: "Leaves out a fixed part of the units from the moment it starts: drawn at random, those with the smallest weights, or all but those of a list. Their work is not done, on either side, nor in pre-training.",
        fields: [
            Key("keep", .amount, default: "100%", "How many units take part, or which share of them; of a list, all that it names.", example: "keep: 50%"),
            Key(
                "pick",
                .choice(ChoiceSet([
                    Choice("random", "Drawn by the seed."),
                    Choice("weight_norm", "Those with the largest norm of their weights."),
                    Choice("file", "Those that `file` names."),
                ])), default: "random", "Which units take part.", example: "pick: weight_norm"),
            Key("file", .path, otherwise: "none", "A text of unit numbers, from 0, with spaces or line ends between them; for `pick: file`.", example: "file: units.txt"),
        ],
        otherNames: ["share": "keep", "select": "pick", "path": "file"],
        example: "neurons: { type: mask, keep: 50%, pick: random }")

    /// What is left trains with the operations of any network.
    static let trials: [PolicyTrial] = []

    init(_ fields: PolicyFields) {
        keep = fields.amount("keep") ?? .share(1)
        pick = fields.word("pick") ?? .random
        file = fields.text("file")
    }

    func problems(at site: PolicySite) -> [Diagnostic] {
        var problems = site.unitsCannotGo
        let fields = site.spec.fields
        switch (pick, file) {
        case (.file, let path?):
            do { _ = try units(in: path, of: site.units) } catch {
                problems.append(Diagnostic(.unitListUnusable, error.message, at: fields.location("file")))
            }
        case (.file, nil):
            problems.append(Diagnostic(.unitListUnusable, "`pick: file` needs the file", at: fields.location("pick"), help: ["write for instance `file: units.txt`"]))
        case (_, _?):
            problems.append(Diagnostic(.unitListUnusable, "`file` is read with `pick: file` only", at: fields.location("file"), help: ["add `pick: file`, or take it out"]))
        case (_, nil): break
        }
        return problems
    }

    var pretraining: PretrainConduct { .once }
    func watch(_ gradient: inout LayerGradient) throws(TypeError) {}
    var watchedState: [String] { [] }
    var watchesAccuracy: Bool { false }
    var probePasses: ClosedRange<Int> { 0...0 }
    func probeExamples(at step: Int, _ clock: RunClock) -> Int { 0 }
    func multiplications(units: Int, rows: Int, readers: Int) -> Int { 0 }

    func nextLook(after step: Int, _ clock: RunClock) -> Int? { step < clock.begin ? clock.begin : nil }

    func decide(_ look: UnitLook, _ memory: inout [String: Double], _ clock: RunClock) -> UnitDecision {
        let scores: [Double]
        switch pick {
        case .file:
            // It was read when the model was checked; if it has gone since, nothing is left out.
            let listed = file.flatMap { try? units(in: $0, of: look.units) }
            return UnitDecision(kept: listed)
        case .random:
            let stream = RandomStream(seed: look.seed, purpose: .sampling, index: UInt64(look.units), iteration: 0)
            scores = (0..<look.units).map { Double(stream.uniform(at: $0)) }
        case .weightNorm:
            scores = look.incoming().map { $0.reduce(0) { $0 + Double($1) * Double($1) } }
        }
        let kept = scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }.prefix(keep.count(of: look.units)).sorted()
        return UnitDecision(kept: Array(kept))
    }

    func forecast(_ site: PolicySite, _ clock: RunClock) -> [WidthForecast] {
        let listed = pick == .file ? file.flatMap { try? units(in: $0, of: site.units).count } : nil
        let count = listed ?? keep.count(of: site.units)
        return [WidthForecast(step: clock.begin, units: UnitRange(lower: count, expected: count, upper: count))]
    }

    // MARK: the list

    private struct ListProblem: Error { let message: String }

    private static let longest = 64 << 20

    /// Nil of what is no regular file: a device or a pipe may have no end.
    private static func text(_ path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= longest else { return nil }
        return try? String(contentsOfFile: path, encoding: .utf8)
    }

    private func units(in path: String, of count: Int) throws(ListProblem) -> [Int] {
        guard let text = Self.text(path) else { throw ListProblem(message: "cannot read `\(path)`: a text of at most \(Self.longest >> 20) MiB is expected") }
        var units: Set<Int> = []
        for (line, content) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            for word in content.split(whereSeparator: \.isWhitespace) {
                guard let unit = Int(word), (0..<count).contains(unit) else {
                    throw ListProblem(message: "`\(path)`:\(line + 1) has `\(word.prefix(20))`, and the units of the layer are 0 to \(count - 1)")
                }
                units.insert(unit)
            }
        }
        guard !units.isEmpty else { throw ListProblem(message: "`\(path)` names no unit") }
        return units.sorted()
    }
}
