import Graph

/// What every `infer` asks first. Nothing here traps: sizes come from a file.
extension [TensorType] {
    /// Throws unless there are as many operands as names.
    func expect(_ names: [String], of operation: String) throws(TypeError) {
        guard count == names.count else {
            throw TypeError("\(operation) takes \(names.count) operands (\(names.joined(separator: ", "))), but has \(count)")
        }
    }

    /// Throws unless an operand has exactly the type that the others call for.
    func expect(_ index: Int, is type: TensorType, _ role: String) throws(TypeError) {
        guard self[index] == type else {
            throw TypeError("\(role) should be \(type.text), but is \(self[index].text)", operand: index)
        }
    }

    /// Throws unless an operand holds floats for each example.
    func expectFeatures(_ index: Int, of operation: String) throws(TypeError) {
        guard self[index].dtype == .float32, self[index].batched else {
            throw TypeError("\(operation) works on numbers for each example, but its input is \(self[index].text)", operand: index)
        }
        _ = try self[index].checked(operation, "input")
    }

    /// Height, width and channels of an operand that has to be an image.
    func image(_ index: Int, of operation: String) throws(TypeError) -> (height: Int, width: Int, channels: Int) {
        try expectFeatures(index, of: operation)
        let shape = self[index].shape
        guard shape.count == 3 else {
            throw TypeError("\(operation) needs images (height, width, channels), but its input is \(self[index].text)", operand: index)
        }
        return (shape[0], shape[1], shape[2])
    }
}

extension TensorType {
    /// Larger than any machine's memory, and small enough that a batch of it can still be counted.
    public static var largestCount: Int { 1 << 50 }

    /// The type itself, unless it is too large to be computed with.
    func checked(_ operation: String, _ what: String = "output") throws(TypeError) -> TensorType {
        guard shape.allSatisfy({ $0 > 0 }) else {
            throw TypeError("the \(what) of \(operation) would be empty: \(text)")
        }
        guard Count.product(shape) <= TensorType.largestCount else {
            throw TypeError("the \(what) of \(operation) would be \(text), which no machine can hold")
        }
        return self
    }

    /// Elements, or `Int.max` where there are more.
    func saturatedCount(batch: Int) -> Int { Count.product(Count.product(shape), batched ? batch : 1) }
}

extension WorkOperands {
    /// Every operand read once and every output written once.
    var streamed: Int {
        (inputs + outputs).reduce(0) { Count.sum($0, Count.product($1.saturatedCount(batch: batch), $1.dtype.byteCount)) }
    }

    func inputCount(_ index: Int) -> Int { inputs[index].saturatedCount(batch: batch) }
    func outputCount(_ index: Int) -> Int { outputs[index].saturatedCount(batch: batch) }
}

extension Operation {
    /// What an operation of the backward pass or an update answers when it is asked for a gradient.
    var noSecondDerivative: TypeError { TypeError("\(name) has no gradient: second derivatives are not supported") }
}
