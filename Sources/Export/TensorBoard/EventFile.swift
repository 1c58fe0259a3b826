import Foundation
import Runtime
import SwiftProtobuf

/// How often numbers fall into each of some stretches.
public struct Histogram: Sendable, Hashable {
    public var least: Double
    public var most: Double
    public var sum: Double
    public var squares: Double
    /// Where each stretch ends, ascending.
    public var limits: [Double]
    public var counts: [Double]

    public init(least: Double, most: Double, sum: Double, squares: Double, limits: [Double], counts: [Double]) {
        self.least = least
        self.most = most
        self.sum = sum
        self.squares = squares
        self.limits = limits
        self.counts = counts
    }
}

/// TensorBoard's event file: records of length, check, message, check, one after the other. A record that was cut off is found by its check.
///
/// Source: https://github.com/tensorflow/tensorboard, `tensorboard/summary/writer/record_writer.py`.
public struct EventFile: Sendable {
    public enum Value: Sendable {
        case scalar(Double)
        case histogram(Histogram)
    }

    public let path: String

    /// Begins a file in the directory, under a name that TensorBoard looks for and that no other file there has.
    public init(in directory: String) throws(FileError) {
        let now = Date().timeIntervalSince1970
        var path: String, number = 0
        repeat {
            path = "\(directory)/events.out.tfevents.\(String(format: "%010d", Int(now))).nnc.\(number)"
            number += 1
        } while FileManager.default.fileExists(atPath: path)
        self.path = path
        try OutputFile.write("", to: path)
        try append(.with {
            $0.wallTime = now
            $0.fileVersion = "brain.Event:2"
        })
    }

    /// Says that the run goes on behind this step: readers forget what other files have of later ones.
    public func restart(at step: Int) throws(FileError) {
        try append(.with {
            $0.wallTime = Date().timeIntervalSince1970
            $0.step = Int64(step + 1)
            $0.sessionLog.status = .start
        })
    }

    /// Adds one event with some values, and flushes it.
    public func append(step: Int, _ values: [(tag: String, value: Value)]) throws(FileError) {
        guard !values.isEmpty else { return }
        try append(.with { event in
            event.wallTime = Date().timeIntervalSince1970
            event.step = Int64(step)
            event.summary.value = values.map { entry in
                .with {
                    $0.tag = entry.tag
                    switch entry.value {
                    case .scalar(let number): $0.simpleValue = Float(number)
                    case .histogram(let histogram): $0.histo = TensorBoardHistogramProto(histogram)
                    }
                }
            }
        })
    }

    private func append(_ event: TensorBoardEvent) throws(FileError) {
        let message: [UInt8]
        do { message = try event.serializedBytes() } catch { throw FileError(path: path, reason: "the event cannot be written: \(error)") }
        try OutputFile.append(Self.record(message), to: path)
    }

    static func record(_ message: [UInt8]) -> [UInt8] {
        let length = littleEndian(UInt64(message.count))
        return length + littleEndian(CRC32C.masked(length)) + message + littleEndian(CRC32C.masked(message))
    }

    private static func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> Number(8 * $0)) }
    }
}

extension TensorBoardHistogramProto {
    fileprivate init(_ histogram: Histogram) {
        self.init()
        min = histogram.least
        max = histogram.most
        num = histogram.counts.reduce(0, +)
        sum = histogram.sum
        sumSquares = histogram.squares
        bucketLimit = histogram.limits
        bucket = histogram.counts
    }
}
