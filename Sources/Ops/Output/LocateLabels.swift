import Graph
import Kernels

/// Where the labels of each example stand among the units that are computed, -1 where they do not: what a loss over these units takes for labels.
///
/// Inputs: labels i32[N] or lists of them i32[N,M], -1 behind the last; the units, a full index set i32[1+k] or i32[N,k], ascending.
/// Output: as the labels.
public struct LocateLabels: Operation {
    public init() {}

    public var name: String { "locate_labels" }
    public var attributes: [(key: String, value: String)] { [] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["labels", "units"], of: name)
        for (index, input) in inputs.enumerated() where input.dtype != .int32 || input.shape.count > 1 {
            throw TypeError("\(name) takes numbers of units, not \(input.text)", operand: index)
        }
        guard inputs[0].batched else { throw TypeError("\(name) takes labels for each example, not \(inputs[0].text)", operand: 0) }
        _ = try inputs[0].checked(name, "list of labels")
        guard inputs[1].shape.count == 1, inputs[1].shape[0] >= (inputs[1].batched ? 1 : 2) else {
            throw TypeError("\(name) takes a list of units, not \(inputs[1].text)", operand: 1)
        }
        _ = try inputs[1].checked(name, "list of units")
        return [inputs[0]]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        SlotWork(o.slot, Work(streamed: Count.sum(Count.product(8, o.inputCount(0)), 4), gathered: Count.product(4, o.inputCount(0))))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {}

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let perExample = c.inputTypes[1].batched, units = c.inputInts(1)
        locateLabels(c.inputInts(0), among: perExample ? units : units[1..<units.count], perExample: perExample, places: c.outputInts(0), examples: c.batch)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let width = c.inputs[0].type.count, units = c.inputs[1].ints
        for row in 0..<c.batch {
            let own = c.inputs[1].type.batched ? c.inputs[1].list(of: row) : units.dropFirst().map(Int.init)
            let places = c.inputs[0].list(of: row).compactMap { own.firstIndex(of: $0) }
            for j in 0..<width { c.outputs[0].ints[row * width + j] = j < places.count ? Int32(places[j]) : -1 }
        }
    }

    static let samples = [
        OperationSample(LocateLabels(), [.indices(3, of: 20), .fullIndexSet(12, of: 20)], slot: .overhead),
        OperationSample(LocateLabels(), [.labels(9), .indices(5, of: 9)], slot: .overhead),
        OperationSample(LocateLabels(), [.indices(2, of: 7), .indices(7, of: 7)], slot: .overhead),
    ]
}
