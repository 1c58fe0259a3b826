import Foundation

/// One allocation that holds everything a run keeps: parameters, optimizer state, activations, scratch.
public final class Arena: @unchecked Sendable {
    /// Cache lines and AVX-512 registers are both this wide.
    public static let alignment = 64

    private let base: UnsafeMutableRawPointer
    public let byteCount: Int

    /// Pages of this size are used where there is enough for some: rows that are gathered from everywhere lie in more small pages than the processor
    /// keeps addresses of.
    private static let largePage = 2 << 20

    /// Nil where the system has not so much memory.
    public init?(byteCount: Int) {
        var memory: UnsafeMutableRawPointer?
        let isLarge = byteCount >= Self.largePage
        guard byteCount >= 0, posix_memalign(&memory, isLarge ? Self.largePage : 4096, max(byteCount, 64)) == 0, let memory else { return nil }
        #if os(Linux)
        // A wish: where the system has no large pages, there are small ones.
        if isLarge { madvise(memory, byteCount, MADV_HUGEPAGE) }
        #endif
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
