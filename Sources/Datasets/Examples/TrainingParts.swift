import Diagnostics
import Kernels

/// Which rows of the training files are trained on, and which are kept for validation.
struct TrainingParts {
    struct Sizes {
        let train: Int
        let validation: Int
        /// All rows, in their order.
        let isWhole: Bool

        init(_ request: DataRequest, count: Int) throws(DiagnosticError) {
            let taken = min(count, max(1, request.limit ?? count))
            switch request.validation?.value {
            case .share(let share): validation = share > 0 ? Int((Double(taken) * min(share, 1)).rounded()) : 0
            case .count(let wanted): validation = max(0, min(wanted, taken))
            case .files, nil: validation = 0
            }
            train = taken - validation
            isWhole = train == count
            guard let split = request.validation else { return }
            if train == 0 {
                throw DiagnosticError(Diagnostic(
                    .validationTooLarge, "validation takes all \(taken) training examples", at: split.location,
                    help: ["leave some to train on"]))
            }
            if case .files = split.value { return }
            if validation == 0 {
                throw DiagnosticError(Diagnostic(
                    .validationTooLarge, "validation gets none of the \(taken) training examples", at: split.location,
                    help: ["take a larger share, or leave `validation` out"]))
            }
        }
    }

    /// Ascending. Nil: all rows.
    let train: [Int32]?
    /// Ascending. Nil: none are split off.
    let validation: [Int32]?

    init(_ request: DataRequest, count: Int) throws(DiagnosticError) {
        let sizes = try Sizes(request, count: count)
        guard !sizes.isWhole else {
            train = nil
            validation = nil
            return
        }
        guard let arena = Arena(byteCount: count * 4) else { throw DiagnosticError(.dataTooLarge(count * 4, free: nil, at: request.location)) }
        let order: Ints = arena.strip(offset: 0, count: count)
        for row in 0..<count { order[row] = Int32(row) }
        shuffle(order, stream: RandomStream(seed: request.seed, purpose: .split, index: 0, iteration: 0))
        // Within a split the order of the files is kept: memory is then read forwards.
        func rows(_ range: Range<Int>) -> [Int32] { range.map { order[$0] }.sorted() }
        validation = sizes.validation > 0 ? rows(0..<sizes.validation) : nil
        train = rows(sizes.validation..<sizes.validation + sizes.train)
    }
}
