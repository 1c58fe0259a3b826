import Diagnostics
import Syntax
import Testing

/// Parses and returns what was found, in short: `{a: 1, b: [x, null]}`.
func parsed(_ text: String) -> (node: Node?, ids: [String]) {
    parsed(Array(text.utf8))
}

func parsed(_ bytes: [UInt8]) -> (node: Node?, ids: [String]) {
    var diagnostics: [Diagnostic] = []
    let node = parse(SourceText(path: "test.yaml", bytes: bytes), diagnostics: &diagnostics)
    return (node, diagnostics.map(\.kind.id))
}

func short(_ node: Node?) -> String {
    guard let node else { return "nil" }
    switch node.content {
    case .invalid: return "invalid"
    case .scalar(let scalar):
        switch scalar.value {
        case .null: return "null"
        case .bool(let value): return "\(value)"
        case .int(let value): return "\(value)"
        case .float(let value): return "\(value)"
        case .string(let value): return value
        }
    case .sequence(let nodes): return "[" + nodes.map(short).joined(separator: ", ") + "]"
    case .mapping(let entries): return "{" + entries.map { "\(short($0.key)): \(short($0.value))" }.joined(separator: ", ") + "}"
    }
}

private func source(_ node: Node?) -> String {
    guard let range = node?.range else { return "nil" }
    return String(decoding: range.source.bytes[range.start..<range.end], as: UTF8.self)
}

@Suite struct ParsingTests {
    @Test(arguments: [
        ("a: 1\nb: [x, ~]\n", "{a: 1, b: [x, null]}"),
        ("a:\n- 1\n-\n- {}\n", "{a: [1, null, {}]}"),
        ("--- \na: b\n...\n", "{a: b}"),
        ("%YAML 1.2\n---\na: b\n", "{a: b}"),
        ("a: |\n  x\n  y\n", "{a: x\ny\n}"),
        ("just text", "just text"),
        ("&k a: 1\nb: *k\n*k : 2\n", "{a: 1, b: a}"),
    ])
    func shapes(_ text: String, _ expected: String) {
        #expect(short(parsed(text).node) == expected)
    }

    @Test(arguments: ["", "\n\n", "# only this\n", "---\n", "--- \n...\n", "\u{FEFF}"])
    func empty(_ text: String) {
        let (node, ids) = parsed(text)
        #expect(node == nil)
        #expect(ids == ["NNC0116"])
    }

    // MARK: places

    @Test func rangesCoverWhatIsWritten() {
        let node = parsed("a: \"x y\"   # note\nb:   # note\n  - {c: 1 , d: [2] }\n  - 'it''s'\n\nc: &n\n  e: 1\nd: &m  !t 5\n").node
        #expect(source(node?["a"]) == "\"x y\"")
        #expect(source(node?["b"]) == "- {c: 1 , d: [2] }\n  - 'it''s'")
        #expect(source(node?["b"]?.elements?[0]) == "{c: 1 , d: [2] }")
        #expect(source(node?["b"]?.elements?[0]["d"]) == "[2]")
        #expect(source(node?["c"]) == "e: 1")
        #expect(source(node?["d"]) == "5")
    }

    @Test(arguments: ["\n", "\r\n"], ["", "\u{FEFF}"])
    func rangesAreBytesWhateverTheCharacters(_ ending: String, _ mark: String) {
        // More than one stride of the table from code points to bytes.
        let filler = (0..<300).map { "# ü模🙂 \($0)" }.joined(separator: ending)
        let text = mark + "größe: 模型\(ending)\(filler)\(ending)x: [é, \"🙂\", end]\(ending)"
        let (node, ids) = parsed(text)
        #expect(ids == [])
        #expect(source(node?["größe"]) == "模型")
        #expect(source(node?.entries?[0].key) == "größe")
        #expect(node?["x"]?.elements?.map { source($0) } == ["é", "\"🙂\"", "end"])
    }

    @Test func aliasesKeepThePlaceOfTheirValue() {
        let node = parsed("a: &v {x: 1}\nb: *v\nc: 2\n").node
        #expect(node?["b"]?["x"]?.range == node?["a"]?["x"]?.range)
        #expect(source(node) == "a: &v {x: 1}\nb: *v\nc: 2")
    }

    // MARK: merges

    @Test(arguments: [
        ("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n", "{x: 1, y: 3}"),
        ("a: &a {x: 1}\nc: &c {x: 2, z: 3}\nb: {<<: [*a, *c]}\n", "{x: 1, z: 3}"),
        ("a: &a {x: 1}\nc: &c {<<: *a, z: 3}\nb:\n  w: 0\n  <<: *c\n", "{w: 0, x: 1, z: 3}"),
        ("a: &a {x: 1}\nb: {\"<<\": *a}\n", "{<<: {x: 1}}"),
    ])
    func merges(_ text: String, _ expected: String) {
        let (node, ids) = parsed(text)
        #expect(short(node?["b"]) == expected)
        #expect(ids == [])
    }

    // MARK: recovery

    @Test func whatCouldNotBeReadIsInvalidAndTheRestIsThere() {
        let (node, ids) = parsed("""
            name: "x
            data: {dataset: [}
            model:
              layers:
                - {type: dense, units 5}
                - {type: flatten}
            train:
              epochs 5
              loss: @mse
              batch_size: 3
            """)
        #expect(short(node?["data"]) == "invalid")
        #expect(short(node?["name"]) == "invalid")
        #expect(short(node?["model"]?["layers"]) == "[{type: dense, units 5: null}, {type: flatten}]")
        #expect(short(node?["train"]) == "{epochs: invalid, loss: invalid, batch_size: 3}")
        #expect(ids == ["NNC0105", "NNC0106", "NNC0104", "NNC0109"])
    }

    @Test func aMappingThatLostALineIsIncomplete() {
        let node = parsed("train:\n  epochs: 5\n    loss: mse\n  seed: 1\ndata:\n  limit: 5\n").node
        #expect(short(node) == "{train: {epochs: 5, seed: 1}, data: {limit: 5}}")
        #expect(node?["train"]?.isIncomplete == true)
        #expect(node?["data"]?.isIncomplete == false)
    }

    @Test func anAliasToAnUnreadableAnchorIsNoSecondMistake() {
        let (node, ids) = parsed("a: &a {x: @}\nb: *a\nc: *z\n")
        #expect(ids == ["NNC0109", "NNC0112"])
        #expect(short(node) == "{a: invalid, b: invalid, c: invalid}")
    }

    @Test func tabsAreReportedOnce() {
        let (node, ids) = parsed("train:\n\tepochs: 5\n\toptimizer:\n\t\ttype: sgd\nname: x\n")
        #expect(ids == ["NNC0103"])
        #expect(short(node) == "{train: {epochs: 5, optimizer: {type: sgd}}, name: x}")
    }

    @Test func theFirstOfTwoEqualKeysIsKept() {
        #expect(short(parsed("a: 1\na: 2\n").node) == "{a: 1}")
    }
}
