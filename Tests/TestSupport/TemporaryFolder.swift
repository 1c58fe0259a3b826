import Foundation

/// A folder that is gone with the test.
public final class TemporaryFolder {
    public let path: String

    /// - Parameter inMemory: for what is flushed to the disk a thousand times, where there is a place in memory for it.
    public init(inMemory: Bool = false) throws {
        let memory = "/dev/shm/", isThere = inMemory && access(memory, W_OK) == 0
        path = (isThere ? memory : NSTemporaryDirectory()) + "nnc-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    public func path(_ name: String) -> String { path + "/" + name }

    @discardableResult
    public func write(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
        return path(name)
    }
}
