import CKernels

/// The means of so many consecutive numbers of each vector, the last perhaps of fewer: `means` is [vectors, ceil(inputs / width)].
public func poolInputs(_ x: HashVectors, vectors: Int, inputs: Int, width: Int, means: Floats, _ pool: WorkerPool) {
    let count = (inputs + width - 1) / width
    precondition(width > 0 && means.count == vectors * count)
    func add(_ vector: Int, _ number: Float, at place: Int) {
        precondition(place >= 0 && place < inputs)
        means.base[vector * count + place / width] += number
    }
    pool.run(Pieces.rows(vectors, width: inputs, pool)) { range in
        for vector in range {
            let row = means[vector * count..<(vector + 1) * count]
            row.fill(0)
            switch x {
            case .dense(let x):
                precondition(x.count == vectors * inputs)
                for i in 0..<inputs { row.base[i / width] += x.base[vector * inputs + i] }
            case .sparse(let values, let which):
                let kept = values.count / vectors
                precondition(which.count == values.count)
                for i in vector * kept..<(vector + 1) * kept { add(vector, values.base[i], at: Int(which.base[i])) }
            case .packed(let values, let which):
                precondition(values.count == vectors * which.count)
                for i in 0..<which.count { add(vector, values.base[vector * which.count + i], at: Int(which.base[i])) }
            }
            let whole = 1 / Float(width), last = 1 / Float(inputs - (count - 1) * width)
            for place in 0..<count { row.base[place] *= place == count - 1 ? last : whole }
        }
    }
}
