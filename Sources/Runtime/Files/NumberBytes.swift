import Foundation

extension Safetensors {
    /// All numbers of a float32 tensor.
    public func numbers(_ tensor: Tensor) throws(FileError) -> [Float] {
        var numbers = [Float](repeating: 0, count: tensor.count)
        var failure: FileError?
        numbers.withUnsafeMutableBufferPointer { memory in
            guard let base = memory.baseAddress else { return }
            do throws(FileError) { try read(tensor, into: .init(base, count: memory.count)) } catch { failure = error }
        }
        if let failure { throw failure }
        return numbers
    }
}

extension OutputFile {
    /// Writes numbers as they lie in memory, little-endian on every machine that nnc runs on.
    public mutating func write(_ numbers: [Float]) throws(FileError) { try write(numbers, byteCount: 4 * numbers.count) }
}

extension Data {
    /// The bytes of numbers, little-endian.
    public init(numbers: [Float]) { self = numbers.withUnsafeBytes { Data($0) } }
}
