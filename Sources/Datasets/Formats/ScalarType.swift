import Kernels

/// The numbers that idx and npy files are made of.
enum ScalarType: Sendable, Hashable {
    case uint8, int8, uint16, int16, uint32, int32, uint64, int64, float32, float64

    var byteCount: Int {
        switch self {
        case .uint8, .int8: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        }
    }

    var isInteger: Bool { self != .float32 && self != .float64 }

    var name: String { "\(self)" }

    /// Every value of every type fits a Double closely enough for Float32 features; whole numbers up to 2^53 exactly.
    func number(_ bytes: [UInt8], at offset: Int, bigEndian: Bool) -> Double {
        var bits: UInt64 = 0
        let count = byteCount
        for index in 0..<count {
            bits = bits << 8 | UInt64(bytes[offset + (bigEndian ? index : count - 1 - index)])
        }
        return switch self {
        case .uint8, .uint16, .uint32, .uint64: Double(bits)
        case .int8: Double(Int8(truncatingIfNeeded: bits))
        case .int16: Double(Int16(truncatingIfNeeded: bits))
        case .int32: Double(Int32(truncatingIfNeeded: bits))
        case .int64: Double(Int64(truncatingIfNeeded: bits))
        case .float32: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        case .float64: Double(bitPattern: bits)
        }
    }
}
