import Diagnostics
import Kernels

/// Examples in memory, in the order of their files. Splits share it, each with its own list of rows.
final class ExampleStore: Sendable {
    enum Features: Sendable {
        /// Bytes stay bytes: a quarter of the memory.
        case bytes(Bytes)
        case floats(Floats)
    }

    enum Target: Sendable {
        /// [count], from 0.
        case classes(Ints)
        /// [count, width]
        case values(Floats, width: Int)
    }

    let layout: Layout
    let features: Features
    let target: Target
    private let arena: Arena

    init(_ layout: Layout, for location: Location) throws(DiagnosticError) {
        let bytes = layout.byteCount
        if let free = freeMemory(), bytes > free { throw DiagnosticError(.dataTooLarge(bytes, free: free, at: location)) }
        guard let arena = Arena(byteCount: bytes) else { throw DiagnosticError(.dataTooLarge(bytes, free: nil, at: location)) }
        self.layout = layout
        self.arena = arena
        let numbers = layout.count * layout.rowLength
        features = switch layout.features {
        case .bytes: .bytes(arena.strip(offset: 0, count: numbers))
        case .floats: .floats(arena.strip(offset: 0, count: numbers))
        }
        let offset = layout.featureBytes.roundedUp
        target = switch layout.target {
        case .classes: .classes(arena.strip(offset: offset, count: layout.count))
        case .values(let width): .values(arena.strip(offset: offset, count: layout.count * width), width: width)
        }
    }

    var byteCount: Int { arena.byteCount }

}
