import Graph
import Kernels

/// Types of what a scheme keeps from step to step.
extension HashScheme {
    public var patternType: TensorType { TensorType(.int32, batched: false, [rounds, coordinates]) }
    /// The queries' mean.
    public var meanType: TensorType { TensorType(batched: false, [inputs]) }
    public var varianceType: TensorType { TensorType(batched: false, [inputs]) }
    /// What the numbers of queries, and those of rows, are multiplied by.
    public var factorsType: TensorType { TensorType(batched: false, [2, inputs]) }
    /// What the projections of queries, and those of rows, are compared with.
    public var thresholdsType: TensorType { TensorType(batched: false, [2, codes]) }
    /// 1/s, M², and the mean of what rows answer the mean query.
    public var scaleType: TensorType { TensorType(batched: false, [3]) }
    public var slotsType: TensorType { TensorType(.int32, batched: false, [tables, buckets, bucketSize]) }
    public var countsType: TensorType { TensorType(.int32, batched: false, [tables, buckets, 2]) }
    public var codesType: TensorType { TensorType(.int32, batched: false, [tables, units]) }
    public var dirtType: TensorType { TensorType(.int32, batched: false, [units]) }
    public var keysType: TensorType { TensorType(.int32, batched: true, [lookups]) }
    var weightsType: TensorType { TensorType(batched: false, [units, rowWidth]) }
    var biasType: TensorType { TensorType(batched: false, [units]) }

    var attributes: [(key: String, value: String)] {
        var all = [("function", function.name)]
        if function != .simhash { all.append(("window", "\(function.window)")) }
        all += [("tables", "\(tables)"), ("hashes", "\(hashes)")]
        if pool > 1 { all.append(("pool", "\(pool)")) }
        if probes > 0 { all.append(("probes", "\(probes)")) }
        return all + [("bucket_size", "\(bucketSize)")]
    }

    func check() throws(TypeError) {
        if let problem { throw TypeError(problem) }
    }
}

extension [TensorType] {
    /// Throws unless the operands are these, in this order.
    func expect(_ operands: [(role: String, type: TensorType)], of operation: String) throws(TypeError) {
        try expect(operands.map(\.role), of: operation)
        for (index, operand) in operands.enumerated() { try expect(index, is: operand.type, operand.role) }
    }

    /// How many of its `inputs` numbers the vector of an example has: operand 0, or if sparse operands 0 and 1.
    func expectVectors(_ inputs: Int, isSparse: Bool, of operation: String) throws(TypeError) {
        try expectFeatures(0, of: operation)
        guard self[0].shape.count == 1 else {
            throw TypeError("\(operation) needs a list of numbers for each example, not \(self[0].text)", operand: 0)
        }
        guard isSparse else { return try expect(0, is: TensorType(batched: true, [inputs]), "the input") }
        let kept = try chosenUnits(1, of: inputs, for: operation, perExample: self[1].batched)
        try expect(0, is: TensorType(batched: true, [kept]), "the values")
    }
}

extension RunContext {
    /// The vectors that operand 0, or if sparse operands 0 and 1, hold.
    func hashVectors(isSparse: Bool) -> HashVectors {
        guard isSparse else { return .dense(input(0)) }
        return inputTypes[1].batched ? .sparse(input(0), inputInts(1)) : .packed(input(0), inputInts(1).fullSet)
    }
}

extension ReferenceContext {
    /// The same: of each example which numbers, and where they belong.
    func hashVectors(isSparse: Bool, inputs: Int) -> [[(place: Int, number: S)]] {
        let width = self.inputs[0].type.count
        return (0..<batch).map { example in
            (0..<width).map { i in
                let number = self.inputs[0].values[example * width + i]
                guard isSparse else { return (i, number) }
                let which = self.inputs[1]
                return (Int(which.type.batched ? which.ints[example * width + i] : which.ints[1 + i]), number)
            }
        }
    }
}

/// Of the function's own random choices: as many streams as there are layers.
func hashStream(_ stream: Int, _ step: StepState) -> RandomStream {
    RandomStream(seed: step.seed, purpose: .hashing, index: UInt64(clamping: stream), iteration: UInt64(clamping: step.iteration))
}
