import Graph

/// Products with rows of weights, or gradients of these, of the units that any example has chosen. What is multiplied does not depend on how alike the examples
/// choose; but a row that many share is read once, and a gradient has only the rows that anybody touches.
public protocol SharesRows: Operation {
    /// How many different rows there are; nil where nobody says: one for each choice, and at most all.
    var rows: TouchedRows? { get set }
}

extension SharesRows {
    /// Bytes of so many rows as are met of a matrix [units, inputs] by so many choices.
    func rowBytes(_ matrix: TensorType, choices: Int, batch: Int) -> Int {
        let units = matrix.shape[0], expected = rows.map { $0.range(capacity: units, batch: batch).expected } ?? units
        return Count.product([4, min(choices, units, expected), matrix.shape[1]])
    }
}

extension WorkOperands {
    /// Every operand read once and every output written once, but for one of the operands.
    func streamed(withoutInput index: Int) -> Int {
        var others = self
        others.inputs.remove(at: index)
        return others.streamed
    }

    /// The same, but for the first output.
    var streamedWithoutFirstOutput: Int {
        var others = self
        others.outputs.removeFirst()
        return others.streamed
    }
}
