import Syntax
import Testing

@Suite struct TextCheckTests {
    @Test func tooLarge() {
        let bytes = [UInt8](repeating: UInt8(ascii: "#"), count: SyntaxLimits.fileSize + 1)
        #expect(parsed(bytes).ids == ["NNC0119"])
        #expect(parsed(Array("a: 1\n".utf8) + bytes.prefix(1 << 20)).ids == [])
    }

    @Test func otherEncodings() {
        #expect(parsed([0xFF, 0xFE] + Array("a: 1".utf16).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }).ids == ["NNC0120"])
        #expect(parsed([0xFE, 0xFF, 0, 0x61]).ids == ["NNC0120"])
        #expect(parsed(Array("name: gr".utf8) + [0xF6] + Array("ße\n".utf8)).ids == ["NNC0120"])
    }

    @Test(arguments: [
        [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80], [0xE4, 0xB8], [0xC3],
    ] as [[UInt8]])
    func invalidUTF8(_ bytes: [UInt8]) {
        #expect(parsed(Array("a: ".utf8) + bytes).ids == ["NNC0120"])
    }

    @Test func binary() {
        #expect(parsed([0x1F, 0x8B, 0, 0, 0xFF]).ids == ["NNC0121"])
        #expect(parsed([0x61, 0x3A, 0x20, 0]).ids == ["NNC0121"])
    }

    @Test func controlCharactersAreSkipped() {
        let (node, ids) = parsed("a: x\u{07}y\nb: \u{200B}1\nc: \u{FEFF}2\n")
        #expect(ids == ["NNC0122", "NNC0122"])
        #expect(short(node?["c"]) == "2")
    }
}
