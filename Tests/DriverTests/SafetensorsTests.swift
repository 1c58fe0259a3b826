import Foundation
import Graph
import Kernels
import Runtime
import TestSupport
import Testing

@Suite struct SafetensorsTests {
    @Test func comesBackAsWritten() throws {
        let folder = try TemporaryFolder()
        let (memory, numbers) = floats((0..<20).map { Float($0) * 0.5 - 3 })
        let path = folder.path("w.safetensors")
        try Safetensors.write(
            [
                NamedTensor("h1.kernel", .float32, [3, 4], .memory(numbers[0..<12])), NamedTensor("h1.bias", .float32, [3], .memory(numbers[12..<15])),
                NamedTensor("a \"name\"\n\u{1}ü", .int32, [1, 5], .bits((15..<20).map { numbers[$0].bitPattern })),
                NamedTensor("none", .float32, [0], .memory(numbers[0..<0])),
            ], metadata: [("step", "7")], to: path)
        let file = try Safetensors(path: path)
        #expect(file.metadata == ["format": "pt", "step": "7"])
        #expect(Set(file.tensors.map(\.name)) == ["h1.kernel", "h1.bias", "a \"name\"\n\u{1}ü", "none"])
        #expect(file["h1.kernel"]?.shape == [3, 4] && file["a \"name\"\n\u{1}ü"]?.dtype == "I32")
        let (copyMemory, copy) = floats(Array(repeating: 0, count: 12))
        try file.read(try #require(file["h1.kernel"]), into: copy)
        for index in 0..<12 { #expect(copy[index] == numbers[index]) }
        #expect(try file.bits(try #require(file["a \"name\"\n\u{1}ü"])) == (15..<20).map { numbers[$0].bitPattern })
        #expect(throws: FileError.self) { try file.read(try #require(file["h1.bias"]), into: copy) }
        withExtendedLifetime((memory, copyMemory)) {}
    }

    static let hostile: [(String, [UInt8])] = [
        ("empty", []),
        ("short", [1, 2, 3]),
        ("header longer than the file", length(1000) + Array("{}".utf8)),
        ("absurd header", Array(repeating: 255, count: 8) + Array("{}".utf8)),
        ("no JSON", length(3) + Array("abc".utf8)),
        ("an array", length(2) + Array("[]".utf8)),
        ("bytes of no tensor", file("{}", data: 4)),
        ("offsets beyond the file", file(#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, data: 4)),
        ("offsets backwards", file(#"{"a":{"dtype":"F32","shape":[0],"data_offsets":[4,0]}}"#, data: 4)),
        ("negative offsets", file(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#, data: 0)),
        ("negative shape", file(#"{"a":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}"#, data: 4)),
        ("overflowing shape", file(#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, data: 0)),
        ("an overflow behind a zero", file(#"{"a":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}"#, data: 0)),
        ("shape and offsets disagree", file(#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, data: 8)),
        ("a hole", file(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#, data: 12)),
        ("an overlap", file(#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, data: 8)),
        ("one offset", file(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, data: 4)),
        ("a strange type", file(#"{"a":{"dtype":"F8","shape":[4],"data_offsets":[0,4]}}"#, data: 4)),
        ("a fraction", file(#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#, data: 4)),
        ("a huge number", file(#"{"a":{"dtype":"F32","shape":[1e300],"data_offsets":[0,4]}}"#, data: 4)),
        ("deep nesting", file(String(repeating: "{\"a\":", count: 5000) + "1" + String(repeating: "}", count: 5000), data: 0)),
        ("a name twice", file(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, data: 4)),
        ("a name twice, once escaped", file(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0061":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, data: 4)),
        ("UTF-16", length(4) + [0x7B, 0, 0x7D, 0]),
        ("metadata that is none", file(#"{"__metadata__":[1]}"#, data: 0)),
    ]

    @Test(arguments: hostile) func hostileFilesAreRefused(name: String, bytes: [UInt8]) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("x.safetensors")
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        #expect(throws: FileError.self) { try Safetensors(path: path) }
    }

    @Test func whatIsNoFileIsRefused() throws {
        let folder = try TemporaryFolder()
        #expect(throws: FileError.self) { try Safetensors(path: folder.path("missing")) }
        #expect(throws: FileError.self) { try Safetensors(path: folder.path) }
        // A pipe that nobody writes into is not waited for, and a device without an end not read.
        #expect(mkfifo(folder.path("pipe"), 0o600) == 0)
        for path in [folder.path("pipe"), "/dev/zero", "/dev/null"] { #expect(throws: FileError.self) { try Safetensors(path: path) } }
    }

    private static func length(_ count: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } }
    private static func file(_ header: String, data: Int) -> [UInt8] {
        length(header.utf8.count) + Array(header.utf8) + Array(repeating: 0, count: data)
    }
}
