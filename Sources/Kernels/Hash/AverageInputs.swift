/// Floats of scratch memory for `averageInputs`.
public func averageInputsScratch(inputs: Int, batch: Int) -> Int { 2 * inputs + batch }

/// Moves the running mean of vectors' numbers towards that of a batch, by a share `rate` of the way, and likewise their mean square distance
/// from it. Rare: one thread does it.
public func averageInputs(_ x: HashVectors, mean: Floats, variance: Floats, rate: Float, vectors: Int, scratch: Floats) {
    let n = mean.count
    precondition(n > 0 && vectors > 0 && variance.count == n && scratch.count >= averageInputsScratch(inputs: n, batch: vectors))
    let sums = scratch.prefix(n), row = scratch[n..<2 * n]
    sums.fill(0)
    for vector in 0..<vectors {
        let numbers = x.row(vector, of: vectors, into: row)
        for i in 0..<n { sums.base[i] += numbers[i] }
    }
    let share = 1 / Float(vectors)
    for i in 0..<n { mean.base[i] += rate * (sums.base[i] * share - mean.base[i]) }
    sums.fill(0)
    for vector in 0..<vectors {
        let numbers = x.row(vector, of: vectors, into: row)
        for i in 0..<n {
            let difference = numbers[i] - mean.base[i]
            sums.base[i] += difference * difference
        }
    }
    for i in 0..<n { variance.base[i] += rate * (sums.base[i] * share - variance.base[i]) }
}

extension HashVectors {
    /// One of so many vectors with all its numbers, in `memory` where some are not there.
    func row(_ vector: Int, of vectors: Int, into memory: Floats) -> UnsafePointer<Float> {
        func fill(_ values: Floats, _ place: (Int) -> Int32) -> UnsafePointer<Float> {
            let width = values.count / vectors
            memory.fill(0)
            for i in 0..<width { memory[Int(place(i))] = values.base[vector * width + i] }
            return UnsafePointer(memory.base)
        }
        switch self {
        case .dense(let x):
            precondition(x.count == vectors * memory.count)
            return UnsafePointer(x.base + vector * memory.count)
        case .sparse(let values, let which):
            let width = which.count / vectors
            precondition(which.count == values.count)
            return fill(values) { which.base[vector * width + $0] }
        case .packed(let values, let which):
            precondition(values.count == vectors * which.count)
            return fill(values) { which.base[$0] }
        }
    }
}
