import Diagnostics
import Syntax
import Testing

/// No input ends the process, and none takes long.
@Suite struct RobustnessTests {
    static let sample = """
        # A model file with some of everything.
        version: 1
        x-base: &base { activation: relu, units: 0x10 }
        x-list: &list [1, "two \\u00e9", 'it''s', ~, 1e-2, -.inf]
        defaults:
          dense: { <<: *base, use_bias: no }
        model:
          input: { shape: [28, 28, 1] }
          layers:
            - type: flatten
            - { name: größe, type: dense, <<: [*base] }   # ü 模型 🙂
            - ? key
              : value
        description: |
          literal
            text
        other: >-
          folded
          text
        train:
          epochs: 5
          metrics: *list
        ...

        """

    struct Generator {
        var state: UInt64
        mutating func next(_ bound: Int) -> Int {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return Int((z ^ (z >> 31)) % UInt64(bound))
        }
    }

    @Test func theSampleIsFine() {
        #expect(parsed(Self.sample).ids == [])
    }

    @Test func everyTruncation() {
        let bytes = Array(Self.sample.utf8)
        for length in 0...bytes.count { checkSound(Array(bytes[..<length])) }
    }

    @Test func mutations() {
        let original = Array(Self.sample.utf8)
        let pieces = ["[", "]", "{", "}", "\"", "'", ":", ": ", "- ", "\n", "\t", "&a ", "*base", "<<: ", "!", "!!x ", "|", "#", "?", ",", "@", "%", "\\", " ", "  ", "\r", "---\n", "\u{FEFF}", "é"]
        var random = Generator(state: 1)
        for _ in 0..<1500 {
            var bytes = original
            for _ in 0...random.next(4) {
                let place = random.next(bytes.count)
                switch random.next(4) {
                case 0: bytes[place] = UInt8(random.next(256))
                case 1: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.next(12)))
                case 2: bytes.insert(contentsOf: pieces[random.next(pieces.count)].utf8, at: place)
                default:
                    let end = min(bytes.count, place + random.next(60))
                    bytes.insert(contentsOf: bytes[place..<end], at: random.next(bytes.count))
                }
                if bytes.isEmpty { bytes = [0x20] }
            }
            checkSound(bytes)
        }
    }

    /// Places lie within the text, and a broken file has an error.
    private func checkSound(_ bytes: [UInt8]) {
        let source = SourceText(path: "test.yaml", bytes: bytes)
        var diagnostics: [Diagnostic] = []
        let node = parse(source, diagnostics: &diagnostics)
        func isWithin(_ range: SourceRange) -> Bool { range.start >= 0 && range.end <= bytes.count }
        func check(_ node: Node) -> Bool {
            isWithin(node.range) && (node.elements ?? []).allSatisfy(check)
                && (node.entries ?? []).allSatisfy { check($0.key) && check($0.value) }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(node.map(check) ?? diagnostics.hasErrors, "\(text)")
        for diagnostic in diagnostics {
            let places = [diagnostic.location] + diagnostic.related.map(\.location)
            for case .range(let range) in places { #expect(isWithin(range), "\(diagnostic.kind.id) in \(text)") }
        }
        #expect(!render(diagnostics).isEmpty || diagnostics.isEmpty)
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["[", "{", "- ", "? ", "{a: ", "[{", "a:\n", "&a [", "*a", "\"", "!", "- - "])
    func deepNesting(_ piece: String) {
        let (_, ids) = parsed(String(repeating: piece, count: 100_000))
        #expect(!ids.isEmpty)
    }

    @Test(.timeLimit(.minutes(1))) func deepNestingByLines() {
        var text = ""
        for depth in 0..<500 { text += String(repeating: " ", count: depth) + "a:\n" }
        #expect(parsed(text).ids == ["NNC0117"])
        #expect(parsed(String(repeating: "[\n", count: 100_000)).ids == ["NNC0117"])
    }

    @Test(.timeLimit(.minutes(1))) func aliasBombs() {
        var lists = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        var merges = "a0: &a0 {k0: x}\n"
        for level in 1...40 {
            lists += "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ") + "]\n"
            merges += "a\(level): &a\(level) {<<: [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ") + "], k\(level): x}\n"
        }
        #expect(parsed(lists).ids == ["NNC0118"])
        #expect(parsed(merges).ids == ["NNC0118"])
    }

    @Test(.timeLimit(.minutes(1))) func manyNodesWithoutAliases() {
        #expect(parsed("a: [" + String(repeating: "1, ", count: 200_000) + "1]").ids == ["NNC0118"])
    }

    @Test(.timeLimit(.minutes(1))) func manyMistakes() {
        #expect(parsed((0..<1000).map { "k\($0): @\n" }.joined()).ids.count >= 20)
        #expect(parsed((0..<1000).map { "k\($0): *a\n" }.joined()).ids.count == 1000)
    }

    @Test(.timeLimit(.minutes(1))) func manyAnchorsAndWrongAliases() {
        let anchors = (0..<10_000).map { "a\($0): &a\($0) 1\n" }.joined()
        #expect(parsed(anchors + (0..<1000).map { "b\($0): *c\($0)\n" }.joined()).ids.count == 1000)
    }

    @Test(.timeLimit(.minutes(1))) func longLines() {
        let long = String(repeating: "x", count: 1 << 20)
        #expect(parsed("a: \(long)\nb: \"\(long)\"\n").ids == [])
        #expect(parsed("a: \"\(long)\n").ids == ["NNC0105"])
        #expect(!parsed("\(long)\(long): 1\n").ids.isEmpty)
    }
}
