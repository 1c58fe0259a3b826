import Foundation
import Kernels
import Runtime

extension Predictor {
    /// Writes all outputs as NumPy's format has it: float32 [examples, outputs], a batch at a time.
    ///
    /// Outputs that the network does not compute, where a policy chooses them, are 0.
    func writeMatrix(to file: inout OutputFile) throws {
        try file.write(npyHeader(rows: examples.count, columns: outputs))
        var rows: [Float] = []
        try forEachBatch { _, count, output, best in
            rows = Array(repeating: 0, count: count * outputs)
            if let best {
                let width = output.count / count
                for place in 0..<output.count where best[place] >= 0 { rows[place / width * outputs + Int(best[place])] = output[place] }
            } else {
                for place in 0..<output.count { rows[place] = output[place] }
            }
            try file.write(rows)
        }
    }
}

/// Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, version 1.0.
func npyHeader(rows: Int, columns: Int) -> [UInt8] {
    var text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
    // The numbers begin at a multiple of 64.
    let length = (10 + text.utf8.count + 1 + 63) / 64 * 64 - 10
    text += String(repeating: " ", count: length - text.utf8.count - 1) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 255), UInt8(length >> 8)] + Array(text.utf8)
}
