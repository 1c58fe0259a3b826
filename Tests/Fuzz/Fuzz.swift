import Foundation

/// What is fed with bytes of any kind: it may refuse them, and must not trap, hang, or take more memory than it is allowed.
struct Target: Sendable {
    var name: String
    /// What the mutations begin with.
    var seeds: @Sendable () throws -> [[UInt8]]
    /// Words that inputs are made of.
    var words: @Sendable () throws -> [String] = { [] }
    /// What takes long, and is done once.
    var prepare: @Sendable () -> Void = {}
    var run: @Sendable ([UInt8]) throws -> Void
}

let targets: [Target] = frontEndTargets + dataTargets + runTargets

/// `NNC_FUZZ_TARGET=NAME fuzz …` takes libFuzzer's arguments; `fuzz list` names the targets, `fuzz seeds FOLDER` writes what each begins with.
enum Fuzz {
    static let target = ProcessInfo.processInfo.environment["NNC_FUZZ_TARGET"].flatMap { name in targets.first { $0.name == name } }

    static func begin() throws {
        let arguments = CommandLine.arguments
        switch arguments.dropFirst().first {
        case "list": for target in targets { print(target.name) }
        case "seeds": try writeSeeds(to: arguments.count > 2 ? arguments[2] : "seeds")
        default:
            if let target { return target.prepare() }
            print("NNC_FUZZ_TARGET is one of \(targets.map(\.name).joined(separator: ", "))")
            exit(64)
        }
        exit(0)
    }

    /// `FOLDER/NAME/N` for each target, and `FOLDER/NAME.dict`.
    private static func writeSeeds(to folder: String) throws {
        for target in targets {
            let place = "\(folder)/\(target.name)"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            let seeds = try target.seeds(), words = try Set(target.words()).sorted()
            for (index, bytes) in seeds.enumerated() { try Data(bytes).write(to: URL(fileURLWithPath: "\(place)/seed-\(index)")) }
            let lines = words.map { word in "\"" + word.utf8.map { "\\x" + String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() + "\"\n" }
            try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: "\(folder)/\(target.name).dict"))
            print("\(target.name): \(seeds.count) inputs, \(words.count) words")
        }
    }
}

// libFuzzer has the program's `main`, and calls these.

@_cdecl("LLVMFuzzerInitialize")
public func initialize(_ count: UnsafeMutablePointer<Int32>, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>) -> Int32 {
    do { try Fuzz.begin() } catch {
        print(error)
        exit(1)
    }
    return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    let input = bytes.map { Array(UnsafeBufferPointer(start: $0, count: size)) } ?? []
    // What is refused is refused by an error; anything else ends the process.
    try? Fuzz.target?.run(input)
    return 0
}

/// Files of this process, in memory where there is a place for them; `run` takes them away.
enum Scratch {
    static let path: String = {
        let path = (ProcessInfo.processInfo.environment["NNC_FUZZ_FOLDER"] ?? NSTemporaryDirectory() + "nnc-fuzz") + "/\(getpid())"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }()

    @discardableResult
    static func write(_ name: String, _ bytes: [UInt8]) -> String {
        let path = path + "/" + name
        guard let file = fopen(path, "wb") else { return path }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
        return path
    }

    @discardableResult
    static func write(_ name: String, _ text: String) -> String { write(name, Array(text.utf8)) }
}

/// The root of the checkout.
let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// The files of some folders of the checkout.
func files(_ folders: [String], _ ending: String) throws -> [[UInt8]] {
    try folders.flatMap { folder in
        let names = FileManager.default.enumerator(atPath: root.appendingPathComponent(folder).path)?.compactMap { $0 as? String } ?? []
        return try names.filter { $0.hasSuffix(ending) }.sorted().map { [UInt8](try Data(contentsOf: root.appendingPathComponent("\(folder)/\($0)"))) }
    }
}

/// Holds in any case; what does not is a finding.
func mustHold(_ holds: Bool, _ what: @autoclosure () -> String) { precondition(holds, what()) }
