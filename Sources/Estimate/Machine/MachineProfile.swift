import Graph

/// What a machine was measured to need: the rates of each kind of work, and, operation by operation, how far these are off at sizes that occur.
///
/// Read from files that people carry from machine to machine; `problem` says what is wrong with one.
public struct MachineProfile: Codable, Sendable, Hashable {
    public static let currentVersion = 2

    /// What a profile holds for: on anything else it is measured anew.
    public struct Key: Codable, Sendable, Hashable {
        /// As the system calls it.
        public var processor: String
        /// The library of matrix products, and the kernels it has chosen.
        public var blas: String
        /// All that were measured together.
        public var threads: Int

        public init(processor: String, blas: String, threads: Int) {
            self.processor = processor
            self.blas = blas
            self.threads = threads
        }
    }

    /// One size of an operation, as measured in a step of training.
    public struct Point: Codable, Sendable, Hashable {
        /// The words of its attributes, and what has chosen its units: `activation=relu by=select_units`.
        public var variant: String
        public var batch: Int
        public var inputBytes: Int
        public var outputBytes: Int
        public var work: Work
        /// On one thread, and on all of them.
        public var seconds: Seconds

        public init(variant: String = "", batch: Int, inputBytes: Int, outputBytes: Int, work: Work, seconds: Seconds) {
            self.variant = variant
            self.batch = batch
            self.inputBytes = inputBytes
            self.outputBytes = outputBytes
            self.work = work
            self.seconds = seconds
        }
    }

    /// On one thread, and on all of them.
    public struct Seconds: Codable, Sendable, Hashable {
        public var one: Double
        public var all: Double

        public init(one: Double, all: Double) {
            self.one = one
            self.all = all
        }
    }

    public struct Operation: Codable, Sendable, Hashable {
        /// As in the printed graph.
        public var name: String
        public var points: [Point]

        public init(name: String, points: [Point]) {
            self.name = name
            self.points = points
        }
    }

    /// What a step takes beside its operations.
    public struct Step: Codable, Sendable, Hashable {
        /// Whatever its size.
        public var seconds: Seconds
        /// For a number that a batch is put together of, from examples all over the data.
        public var assembled: Seconds
        /// For a number that the network puts out and a measure looks at.
        public var measured: Double

        public init(seconds: Seconds, assembled: Seconds, measured: Double) {
            self.seconds = seconds
            self.assembled = assembled
            self.measured = measured
        }
    }

    /// A way of going through memory, with as much of it as there is.
    public struct Memory: Codable, Sendable, Hashable {
        public var bytes: Int
        /// Bytes per second, in order.
        public var streamed: Seconds
        /// Bytes per second, in rows of 400 bytes all over.
        public var gathered: Seconds

        public init(bytes: Int, streamed: Seconds, gathered: Seconds) {
            self.bytes = bytes
            self.streamed = streamed
            self.gathered = gathered
        }
    }

    public var version: Int
    public var machine: Key
    /// One core's.
    public var rates: Rates
    public var memory: [Memory]
    public var step: Step
    /// By name. Of an operation that is not there the rates alone tell.
    public var operations: [Operation]
    /// The share of the time in which one thread had its processor while it was measured; nil where nobody looked.
    public var presence: Double?
    /// Other programs ran beside it: what was measured, above all of several threads at once, is too long.
    public var isDisturbed: Bool { presence.map { $0 < 0.9 } ?? false }

    public init(machine: Key, rates: Rates, memory: [Memory], step: Step, operations: [Operation]) {
        version = Self.currentVersion
        self.machine = machine
        self.rates = rates
        self.memory = memory
        self.step = step
        self.operations = operations
    }

    /// Round numbers of a machine that nobody has measured: good for telling whether a policy saves time at all, not how much.
    public static let typical = MachineProfile(
        machine: Key(processor: "typical", blas: "", threads: 1), rates: .typical, memory: [],
        step: Step(seconds: Seconds(one: 3e-6, all: 3e-6), assembled: Seconds(one: 2e-10, all: 2e-10), measured: 1e-9), operations: [])

    /// Why it cannot be used, in words; nil where it can. Numbers from a file may be anything.
    public var problem: String? {
        guard version == Self.currentVersion else { return "it is of version \(version), and this program reads version \(Self.currentVersion)" }
        guard (1...4096).contains(machine.threads) else { return "`machine.threads` is \(machine.threads), and should be from 1 to 4096" }
        func isRate(_ number: Double) -> Bool { number.isFinite && number >= 1e3 && number <= 1e18 }
        func isTime(_ number: Double) -> Bool { number.isFinite && number >= 0 && number <= 1e6 }
        for (name, rate) in rates.all where !(name == "call" ? isTime(rate) : isRate(rate)) { return "`rates.\(name)` is \(rate), which no machine has" }
        for entry in memory where entry.bytes <= 0 || ![entry.streamed.one, entry.streamed.all, entry.gathered.one, entry.gathered.all].allSatisfy(isRate) {
            return "`memory` has a rate that no machine has"
        }
        guard [step.seconds.one, step.seconds.all, step.assembled.one, step.assembled.all, step.measured].allSatisfy(isTime) else {
            return "`step` has a time that is none"
        }
        guard operations.count <= 1000 else { return "it has \(operations.count) operations" }
        for operation in operations {
            guard (1...10_000).contains(operation.points.count) else { return "operation `\(operation.name)` has \(operation.points.count) points" }
            for point in operation.points {
                guard isTime(point.seconds.one), isTime(point.seconds.all), point.seconds.one > 0, point.seconds.all > 0 else {
                    return "operation `\(operation.name)` has a time that is none"
                }
                guard point.batch >= 1, point.inputBytes >= 0, point.outputBytes >= 0, point.work.counts.allSatisfy({ $0 >= 0 }) else {
                    return "operation `\(operation.name)` has a size that is none"
                }
            }
        }
        guard Set(operations.map(\.name)).count == operations.count else { return "an operation is there twice" }
        return nil
    }
}

extension Work {
    var counts: [Int] { [gemm, multiplications, additions, transcendentals, comparisons, streamed, gathered] }
}
