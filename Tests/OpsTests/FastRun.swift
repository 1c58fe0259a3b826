import Graph
import Kernels
import Testing

/// Runs an operation's kernel in a small arena, every operand between guards, and checks what must hold whatever the
/// operation: nothing outside the outputs is touched, and all of them is written.
struct FastRun {
    private static let guardBytes = 64
    private static let guardByte: UInt8 = 0xA5

    let operation: any Operation
    let inputs: [ReferenceTensor<Float>]
    let batch: Int
    var threads = 1

    /// Operands in place, ready to run, and what is needed to look at them afterwards.
    struct Prepared {
        let arena: Arena
        let context: RunContext
        let inputOffsets: [Int]
        let outputOffsets: [Int]
        /// Offset and bytes of all operands and the scratch.
        let places: [(Int, Int)]
        /// The inputs whose memory an output takes over.
        let shared: Set<Int>
    }

    /// - Parameter reusing: place outputs in the memory of inputs where the operation allows it.
    func prepare(reusing: Bool = false) throws -> Prepared {
        let inputTypes = inputs.map(\.type)
        let outputTypes = try operation.infer(inputTypes)
        let operands = WorkOperands(inputs: inputTypes, outputs: outputTypes, batch: batch, slot: .forward)
        let scratch = operation.scratch(operands, threads: threads)

        var end = 0
        func reserve(_ bytes: Int) -> Int {
            let offset = end + Self.guardBytes
            end = (offset + bytes + 63) / 64 * 64
            return offset
        }
        let inputOffsets = inputTypes.map { reserve($0.byteCount(batch: batch)) }
        var shared: Set<Int> = []
        let outputOffsets = outputTypes.indices.map { index in
            let reused = reusing ? operation.mayReuse[index] : nil
            if let input = operation.overwrites[index] ?? (operation is any View ? 0 : reused) {
                shared.insert(input)
                return inputOffsets[input]
            }
            return reserve(outputTypes[index].byteCount(batch: batch))
        }
        let scratchOffset = reserve(scratch * 4)
        let arena = try #require(Arena(byteCount: end + Self.guardBytes))

        // Outputs and scratch begin as NaN, so that what is not written shows.
        let all: Bytes = arena.strip(offset: 0, count: arena.byteCount)
        all.fill(Self.guardByte)
        let places = zip(inputOffsets + outputOffsets, inputTypes + outputTypes).map { ($0, $1.byteCount(batch: batch)) } + [(scratchOffset, scratch * 4)]
        for (offset, bytes) in places { all[offset..<offset + bytes].fill(0xFF) }
        for (tensor, offset) in zip(inputs, inputOffsets) { tensor.write(to: arena, at: offset) }

        let context = RunContext(
            arena: arena, inputOffsets: inputOffsets, outputOffsets: outputOffsets, inputTypes: inputTypes, outputTypes: outputTypes,
            scratchOffset: scratchOffset, scratchCount: scratch, pool: WorkerPool(threads: threads), batch: batch, step: testStep)
        return Prepared(
            arena: arena, context: context, inputOffsets: inputOffsets, outputOffsets: outputOffsets, places: places, shared: shared)
    }

    func outputs(reusing: Bool = false) throws -> (outputs: [ReferenceTensor<Float>], active: ActiveCount) {
        let prepared = try prepare(reusing: reusing)
        let active = operation.run(prepared.context)
        let arena = prepared.arena, all: Bytes = arena.strip(offset: 0, count: arena.byteCount)
        // The guards are the gaps between places.
        let starts = prepared.places.map(\.0).sorted() + [arena.byteCount]
        let ends = [0] + prepared.places.map { $0.0 + $0.1 }.sorted()
        let strays = zip(ends, starts).flatMap { end, start in (end..<max(end, start)).filter { all[$0] != Self.guardByte } }
        #expect(strays.isEmpty, "\(operation.name) wrote outside its outputs")
        for (index, tensor) in inputs.enumerated() where !prepared.shared.contains(index) {
            let after = ReferenceTensor<Float>(reading: tensor.type, batch: batch, from: arena, at: prepared.inputOffsets[index])
            // By bits: NaN is not equal to itself.
            #expect(after.values.map(\.bitPattern) == tensor.values.map(\.bitPattern) && after.ints == tensor.ints, "\(operation.name) changed input \(index)")
        }
        let outputs = zip(prepared.context.outputTypes, prepared.outputOffsets).map {
            ReferenceTensor<Float>(reading: $0, batch: batch, from: arena, at: $1)
        }
        return (outputs, active)
    }
}

extension ReferenceTensor<Float> {
    init(reading type: TensorType, batch: Int, from arena: Arena, at offset: Int) {
        let count = type.count(batch: batch)
        self.init(type: type)
        switch type.dtype {
        case .float32:
            let floats: Floats = arena.strip(offset: offset, count: count)
            values = (0..<count).map { floats[$0] }
        case .int32:
            let numbers: Ints = arena.strip(offset: offset, count: count)
            ints = (0..<count).map { numbers[$0] }
        case .uint8:
            let bytes: Bytes = arena.strip(offset: offset, count: count)
            ints = (0..<count).map { Int32(bytes[$0]) }
        }
    }

    func write(to arena: Arena, at offset: Int) {
        switch type.dtype {
        case .float32:
            let floats: Floats = arena.strip(offset: offset, count: values.count)
            for i in values.indices { floats[i] = values[i] }
        case .int32:
            let numbers: Ints = arena.strip(offset: offset, count: ints.count)
            for i in ints.indices { numbers[i] = ints[i] }
        case .uint8:
            let bytes: Bytes = arena.strip(offset: offset, count: ints.count)
            for i in ints.indices { bytes[i] = UInt8(ints[i]) }
        }
    }
}

/// Holds a kernel to its reference loop: integers equal, floats within `tolerance` of the largest number there. What the
/// reference says holds nothing is not looked at.
func checkFastRun(_ operation: any Operation, _ inputs: [ReferenceTensor<Double>], batch: Int, tolerance: Double = 2e-5) throws {
    let expected = try referenceRun(operation, inputs, batch: batch)
    let floats = inputs.map { ReferenceTensor<Float>(type: $0.type, values: $0.values.map { Float($0) }, ints: $0.ints) }
    let types = try operation.infer(inputs.map(\.type))
    for threads in [1, 2] {
        for reusing in [false, true] {
            let seen = try FastRun(operation: operation, inputs: floats, batch: batch, threads: threads).outputs(reusing: reusing)
            #expect(seen.active == expected.active)
            for (index, (fast, plain)) in zip(seen.outputs, expected.outputs).enumerated() {
                #expect(fast.type == types[index] && plain.type == types[index])
                #expect(plain.values.count + plain.ints.count == types[index].count(batch: batch))
                #expect(zip(fast.ints, plain.ints).allSatisfy { $1 == Int32.min || $0 == $1 }, "output \(index) of \(operation.name)")
                let largest = plain.values.reduce(1e-3) { $1.isNaN ? $0 : max($0, abs($1)) }
                let error = zip(fast.values, plain.values).reduce(0.0) { (worst: Double, pair: (Float, Double)) -> Double in
                    if pair.1.isNaN { return worst }
                    let difference = abs(Double(pair.0) - pair.1)
                    return difference.isNaN ? .infinity : max(worst, difference)
                }
                #expect(error <= tolerance * largest, "output \(index) of \(operation.name) at batch \(batch), reusing \(reusing)")
            }
        }
    }
}
