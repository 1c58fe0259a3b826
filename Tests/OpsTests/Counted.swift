import Foundation
import Graph

/// What a reference loop did, operation by operation.
final class OperationCounter: @unchecked Sendable {
    // Touched by the one test that set it, and by no other thread.
    var work = Work()

    @TaskLocal static var current: OperationCounter?

    /// What `body` does with `Counted` numbers.
    static func count(_ body: () throws -> Void) rethrows -> Work {
        let counter = OperationCounter()
        try $current.withValue(counter) { try body() }
        return counter.work
    }
}

/// A number that counts what is done with it.
struct Counted: ReferenceScalar {
    var value: Double

    init(_ value: Double) { self.value = value }

    private static func counting(_ kind: WritableKeyPath<Work, Int>, _ value: Double) -> Counted {
        OperationCounter.current?.work[keyPath: kind] += 1
        return Counted(value)
    }

    static func + (a: Counted, b: Counted) -> Counted { counting(\.additions, a.value + b.value) }
    static func - (a: Counted, b: Counted) -> Counted { counting(\.additions, a.value - b.value) }
    static func * (a: Counted, b: Counted) -> Counted { counting(\.multiplications, a.value * b.value) }
    static func / (a: Counted, b: Counted) -> Counted { counting(\.multiplications, a.value / b.value) }
    /// A change of sign is free: it goes into the addition that follows.
    static prefix func - (a: Counted) -> Counted { Counted(-a.value) }
    static func < (a: Counted, b: Counted) -> Bool { counting(\.comparisons, 0).value == 0 && a.value < b.value }
    static func exp(_ a: Counted) -> Counted { counting(\.transcendentals, Foundation.exp(a.value)) }
    static func log(_ a: Counted) -> Counted { counting(\.transcendentals, Foundation.log(a.value)) }
    static func tanh(_ a: Counted) -> Counted { counting(\.transcendentals, Foundation.tanh(a.value)) }
    static func erf(_ a: Counted) -> Counted { counting(\.transcendentals, Foundation.erf(a.value)) }
    static func sqrt(_ a: Counted) -> Counted { counting(\.transcendentals, a.value.squareRoot()) }
}
