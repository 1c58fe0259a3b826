import AllocationCounter
import Foundation
import Graph
@testable import Ops
import Testing

/// What every operation owes, whatever it computes.
@Suite struct ContractTests {
    @Test("a kernel does what its reference loop does", arguments: allOperations)
    func fastEqualsReference(_ sample: OperationSample) throws {
        for batch in testBatches {
            try checkFastRun(sample.operation, sample.tensors(batch: batch, seed: UInt64(batch)), batch: batch)
        }
    }

    @Test("the gradient is the derivative", arguments: allOperations.filter { !$0.differentiable.isEmpty })
    func gradient(_ sample: OperationSample) throws {
        for batch in testBatches {
            // Over one example, batch normalization's output does not depend on its input, and rounding is all that is left.
            if batch == 1, sample.operation is BatchNormalization, sample.types[0].shape.count == 1 { continue }
            try checkGradient(sample.differentiableGraph(batch: batch, seed: UInt64(batch)), by: sample.differentiable)
        }
    }

    @Test("the reference loop does exactly the work that is stated", arguments: allOperations)
    func work(_ sample: OperationSample) throws {
        let outputs = try sample.operation.infer(sample.types)
        for batch in testBatches {
            let tensors: [ReferenceTensor<Counted>] = sample.tensors(batch: batch, seed: UInt64(batch))
            var active = ActiveCount.all
            let counted = try OperationCounter.count { active = try referenceRun(sample.operation, tensors, batch: batch).active }
            let operands = WorkOperands(inputs: sample.types, outputs: outputs, batch: batch, slot: sample.slot, active: active)
            if let range = (sample.operation as? any DataDependent)?.activeRange(operands) {
                // Where the data cannot make a difference, the count need not be told.
                #expect(!active.isAll || range.lower == range.upper)
            } else {
                #expect(active.isAll)
            }
            let stated = sample.operation.work(operands).total
            #expect(counted.multiplications == stated.allMultiplications, "multiplications")
            #expect(counted.additions == stated.additions, "additions")
            #expect(counted.transcendentals == stated.transcendentals, "transcendentals")
            #expect(counted.comparisons == stated.comparisons, "comparisons")
            let isFree = sample.operation is any View
            // In a step in which it has nothing to do, an operation may read nothing.
            #expect((stated.streamed > 0) != isFree || active.units == 0, "bytes")
        }
    }

    @Test("work that depends on the data is linear in the active count, and lies in its range", arguments: allOperations)
    func activeWork(_ sample: OperationSample) throws {
        guard let operation = sample.operation as? any DataDependent else { return }
        let outputs = try operation.infer(sample.types)
        for batch in testBatches {
            var operands = WorkOperands(inputs: sample.types, outputs: outputs, batch: batch, slot: sample.slot)
            func work(_ units: Int) -> SlotWork {
                operands.active = ActiveCount(units: units)
                return operation.work(operands)
            }
            for slot in Slot.allCases {
                let none = work(0)[slot], one = work(1)[slot], seven = work(7)[slot]
                #expect(seven.allMultiplications == none.allMultiplications + 7 * (one.allMultiplications - none.allMultiplications))
                #expect(seven.additions == none.additions + 7 * (one.additions - none.additions))
                #expect(seven.comparisons == none.comparisons + 7 * (one.comparisons - none.comparisons))
            }
            let range = operation.activeRange(operands)
            operands.active = .all
            #expect(work(range.upper) == operation.work(WorkOperands(inputs: sample.types, outputs: outputs, batch: batch, slot: sample.slot)))
            let tensors: [ReferenceTensor<Double>] = sample.tensors(batch: batch, seed: UInt64(batch))
            let active = try referenceRun(operation, tensors, batch: batch).active
            let isIdle = operation is any Scheduled && active.units == 0
            #expect(active.isAll || isIdle || range.lower <= active.units && active.units <= range.upper)
            #expect(range.lower <= range.expected && range.expected <= range.upper)
        }
    }

    @Test("work is booked where the node says", arguments: allOperations)
    func slots(_ sample: OperationSample) throws {
        let operands = WorkOperands(inputs: sample.types, outputs: try sample.operation.infer(sample.types), batch: 3, slot: sample.slot)
        let work = sample.operation.work(operands)
        #expect(work[sample.slot].streamed > 0 || sample.operation is any View)
        for slot in Slot.allCases where slot != sample.slot && work[slot] != Work() {
            let updates = sample.operation.name.hasSuffix("_update")
            #expect(updates && slot == .update || sample.operation is BatchNormalizationGradient)
        }
    }

    @Test("the backward operations fit the types they meet", arguments: allOperations.filter { !$0.differentiable.isEmpty })
    func backwardWork(_ sample: OperationSample) throws {
        let plain = try sample.differentiableGraph(batch: 3, seed: 5)
        let (graph, _) = try plain.differentiated(sample.differentiable)
        for node in graph.nodes.dropFirst(plain.graph.nodes.count) {
            #expect(node.slot == .backwardInput || node.slot == .backwardWeights)
            #expect(allOperations.contains { $0.operation.name == node.operation.name })
        }
    }

    @Test("operands that do not fit are refused in words", arguments: allOperations)
    func infer(_ sample: OperationSample) throws {
        let operation = sample.operation, types = sample.types
        #expect(throws: TypeError.self) { try operation.infer([]) }
        let takesAny = operation is Add || operation is Concatenate
        if !takesAny {
            #expect(throws: TypeError.self) { try operation.infer(types.dropLast()) }
            #expect(throws: TypeError.self) { try operation.infer(types + [types[0]]) }
        }
        // None of these may trap, and what is accepted must have a price.
        let huge = 1 << 40
        for index in types.indices {
            for shape in [[], [0], [huge], [huge, huge], [3, huge, huge], [huge, 3, 0], [huge, huge, huge], [2, 2, huge, huge], [0, 0, 0, 0]] {
                for (dtype, batched) in [(TensorType.DType.float32, true), (.float32, false), (.int32, true), (.uint8, true)] {
                    var changed = types
                    changed[index] = TensorType(dtype, batched: batched, shape)
                    do {
                        let outputs = try operation.infer(changed)
                        _ = operation.work(WorkOperands(inputs: changed, outputs: outputs, batch: huge, slot: .forward))
                    } catch {
                        #expect(!error.message.isEmpty)
                    }
                }
            }
        }
        var exchanged = types
        exchanged[0].dtype = types[0].dtype == .int32 ? .float32 : .int32
        #expect(throws: TypeError.self) { try operation.infer(exchanged) }
    }

    @Test("every operation file has samples here")
    func complete() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Sources/Ops")
        let declared = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
            .flatMap { try String(contentsOf: $0, encoding: .utf8).matches(of: /struct (\w+): (?:Operation|View|DataDependent|Scheduled|RowUpdate)\b/).map { String($0.output.1) } }
        let sampled = Set(allOperations.map { "\(type(of: $0.operation))" })
        #expect(declared.count > 30)
        #expect(Set(declared).subtracting(sampled) == [])
    }

    @Test("running allocates nothing", arguments: allOperations)
    func allocations(_ sample: OperationSample) throws {
        let inputs: [ReferenceTensor<Float>] = sample.tensors(batch: 8, seed: 1)
        let prepared = try FastRun(operation: sample.operation, inputs: inputs, batch: 8).prepare()
        // Libraries may set themselves up in the first call.
        _ = sample.operation.run(prepared.context)
        let count = AllocationCounter.allocations(.thisThread) { _ = sample.operation.run(prepared.context) }
        #expect(count == 0)
    }

    @Test("two settings of one operation print differently")
    func attributes() throws {
        var seen: [String: String] = [:]
        for sample in allOperations {
            let printed = "\(sample.testDescription) -> \(try sample.operation.infer(sample.types).map(\.text))"
            let settings = "\(sample.operation)"
            #expect(seen[printed, default: settings] == settings)
            seen[printed] = settings
        }
    }
}
