import Diagnostics
import Foundation
import Syntax
import Testing
@testable import Model

/// Whatever stands in a file, the checker says something or gives a model, and never both a model and an error.
@Suite struct HostileFileTests {
    static let whole: String = {
        let file = checkout.appendingPathComponent("Tests/Golden/Diagnostics/model/everything-fine.yaml")
        return (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    }()

    /// A small generator, so that a failure can be had again.
    struct Numbers: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private func expectSane(_ checking: Checking, _ text: String) {
        #expect((checking.model == nil) == checking.diagnostics.hasErrors, "\(checking.said)\n\(text)")
        for diagnostic in checking.diagnostics {
            #expect(!diagnostic.message.isEmpty && diagnostic.message.utf8.count < 600, "\(diagnostic.message)")
        }
    }

    static let replacements: [Node.Content] = [
        .scalar(Scalar("")), .scalar(Scalar("-1")), .scalar(Scalar("99999999999999999999999")), .scalar(Scalar(".nan")), .scalar(Scalar("word")),
        .scalar(Scalar("true")), .scalar(Scalar("5", .doubleQuoted)), .scalar(Scalar("9223372036854775807")),
        .scalar(Scalar("é\u{0301}🙂.${", .doubleQuoted)), .sequence([]), .mapping([]), .invalid, .scalar(Scalar(String(repeating: "x", count: 10_000))),
    ]

    /// Each node of a file that uses every key, replaced by each of a list of odd values.
    @Test func everyNodeReplaced() throws {
        var diagnostics: [Diagnostic] = []
        let tree = try #require(parse(SourceText(path: "model.yaml", text: Self.whole), diagnostics: &diagnostics))
        var count = 0
        var models = 0
        let nodes = Self.size(tree)
        #expect(nodes > 200)
        for position in 0..<nodes {
            for content in Self.replacements {
                var counter = position
                let changed = Self.replace(tree, at: &counter, by: content)
                var found: [Diagnostic] = []
                let model = check(changed, policies: Checking.policies, directory: "d", environment: ["DATA": "data"], diagnostics: &found)
                // What the parser could not read it has reported itself.
                if case .invalid = content { #expect(model == nil || !found.hasErrors) } else { #expect((model == nil) == found.hasErrors) }
                if model != nil {
                    models += 1
                    #expect(resolvedText(changed, policies: Checking.policies, environment: ["DATA": "data"]) != nil)
                }
                count += 1
            }
        }
        #expect(count > 2000)
        #expect(models > 100)
    }

    private static func size(_ node: Node) -> Int {
        1 + (node.elements?.map(size).reduce(0, +) ?? 0) + (node.entries?.map { size($0.key) + size($0.value) }.reduce(0, +) ?? 0)
    }

    private static func replace(_ node: Node, at counter: inout Int, by content: Node.Content) -> Node {
        counter -= 1
        if counter == -1 { return Node(content, node.range) }
        switch node.content {
        case .scalar, .invalid: return node
        case .sequence(let nodes): return Node(.sequence(nodes.map { replace($0, at: &counter, by: content) }), node.range)
        case .mapping(let entries):
            return Node(.mapping(entries.map { entry in
                let key = replace(entry.key, at: &counter, by: content)
                return Node.Entry(key: key, value: replace(entry.value, at: &counter, by: content))
            }), node.range)
        }
    }

    /// Lines left out, doubled, swapped; characters struck out and put in.
    @Test func textsMixedUp() {
        var numbers = Numbers(state: 7)
        let lines = Self.whole.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let characters = Array("{}[]:,-#&*!|>'\"%@` \n5a.~$")
        for _ in 0..<400 {
            var changed = lines
            for _ in 0..<Int.random(in: 1...3, using: &numbers) {
                let index = Int.random(in: 0..<changed.count, using: &numbers)
                switch Int.random(in: 0..<5, using: &numbers) {
                case 0: changed.remove(at: index)
                case 1: changed.insert(changed[index], at: index)
                case 2: changed.swapAt(index, Int.random(in: 0..<changed.count, using: &numbers))
                default:
                    var line = Array(changed[index])
                    let place = Int.random(in: 0...line.count, using: &numbers)
                    if place < line.count, Bool.random(using: &numbers) { line.remove(at: place) } else { line.insert(characters.randomElement(using: &numbers) ?? "x", at: place) }
                    changed[index] = String(line)
                }
            }
            let text = changed.joined(separator: "\n")
            expectSane(Checking(text, policies: Checking.policies), text)
        }
    }

    @Test func oddArguments() {
        let paths = ["", ".", "..", "model", "model.layers", "model.layers.out", "model.layers.out.units.x", "é.🙂", "data.columns.features.0", "policies.a.b", "defaults.dense.units", "x-note.a", "train.optimizer.type.x"]
        for path in paths {
            for value in ["", " ", "5", "{", "[1, 2]", "{ a: { b: c } }", "*a", "&a [*a]", "é", "# nothing", "\"", "|"] {
                let checking = Checking(Self.whole, sets: ["\(path)=\(value)"], policies: Checking.policies, environment: ["DATA": "data"])
                expectSane(checking, "\(path)=\(value)")
            }
        }
    }

    /// Sizes that no machine has pass the checker; the estimate refuses them.
    @Test func absurdSizes() {
        let text = Self.whole.replacing("units: 32", with: "units: 1000000000000")
        let checking = Checking(text, policies: Checking.policies, environment: ["DATA": "data"])
        #expect(checking.model != nil, "\(checking.said)")
    }
}
