import Foundation

/// One allocation that holds everything a run keeps: parameters, optimizer state, activations, scratch.
public final class Arena: @unchecked Sendable {
    /// Cache lines and AVX-512 registers are both this wide.
    public static let alignment = 64

    private let base: UnsafeMutableRawPointer
    public let byteCount: Int

    /// Nil where the system has not so much memory.
    public init?(byteCount: Int) {
        var memory: UnsafeMutableRawPointer?
        guard byteCount >= 0, posix_memalign(&memory, 4096, max(byteCount, 64)) == 0, let memory else { return nil }
        // Fresh pages are zero, but a recycled block is not.
        memset(memory, 0, byteCount)
        base = memory
        self.byteCount = byteCount
    }

    deinit { free(base) }

    /// `count` elements from a byte offset that the plan has given out.
    public func strip<Element: BitwiseCopyable>(_ type: Element.Type = Element.self, offset: Int, count: Int) -> Strip<Element> {
        precondition(offset >= 0 && offset + count * MemoryLayout<Element>.stride <= byteCount)
        return Strip((base + offset).assumingMemoryBound(to: Element.self), count: count)
    }
}
