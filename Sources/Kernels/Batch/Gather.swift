import CKernels

/// Row `indices[i]` of `from` becomes row `i` of `into`, as `value · scale + shift`; `scale` and `shift` repeat over
/// the row with their own length: one number, one for each channel, or one for each place. With a list `through`, row `through[indices[i]]`.
public func gatherRows(
    from: Bytes, rowLength: Int, indices: Ints, through map: Ints? = nil, into: Floats, scale: Floats, shift: Floats, _ pool: WorkerPool
) {
    precondition(into.count == indices.count * rowLength && scale.count == shift.count && scale.count > 0)
    gather(rows: from.count / max(1, rowLength), rowLength, indices, map, pool) { row, place in
        nnc_scale_bytes(from.base + row * rowLength, into.base + place * rowLength, rowLength, scale.base, shift.base, scale.count)
    }
}

/// The same from rows of floats.
public func gatherRows(
    from: Floats, rowLength: Int, indices: Ints, through map: Ints? = nil, into: Floats, scale: Floats, shift: Floats, _ pool: WorkerPool
) {
    precondition(into.count == indices.count * rowLength && scale.count == shift.count && scale.count > 0)
    gather(rows: from.count / max(1, rowLength), rowLength, indices, map, pool) { row, place in
        nnc_scale_floats(from.base + row * rowLength, into.base + place * rowLength, rowLength, scale.base, shift.base, scale.count)
    }
}

/// `into[i] = from[indices[i]]`, row by row, to the bit.
public func copyRows(from: Floats, rowLength: Int, indices: Ints, into: Floats, _ pool: WorkerPool) {
    precondition(into.count == indices.count * rowLength)
    gather(rows: from.count / max(1, rowLength), rowLength, indices, nil, pool) { row, place in
        (into.base + place * rowLength).update(from: from.base + row * rowLength, count: rowLength)
    }
}

private func gather(
    rows: Int, _ rowLength: Int, _ indices: Ints, _ map: Ints?, _ pool: WorkerPool, _ copy: (_ row: Int, _ place: Int) -> Void
) {
    guard rowLength > 0 else { return }
    pool.run(Pieces.rows(indices.count, width: rowLength, pool)) { range in
        for place in range {
            var row = Int(indices[place])
            if let map {
                precondition(row >= 0 && row < map.count)
                row = Int(map.base[row])
            }
            precondition(row >= 0 && row < rows)
            copy(row, place)
        }
    }
}

/// `into[i] = from[indices[i]]`
public func gatherLabels(from: Ints, indices: Ints, into: Ints) {
    precondition(indices.count == into.count)
    for place in 0..<indices.count {
        let row = Int(indices[place])
        precondition(row >= 0 && row < from.count)
        into[place] = from[row]
    }
}
