import Kernels

extension Split {
    /// Sparse examples one after the other, each padded to the length that the strips have; without places as dense rows.
    func assemble(
        _ examples: SparseExamples, _ firstTarget: Int, _ indices: Ints, _ features: Floats?, _ places: Ints?, _ labels: Ints?, _ targets: Floats?, _ pool: WorkerPool
    ) {
        let count = indices.count
        guard count > 0 else { return }
        let length = (features?.count ?? 0) / count, listLength = (labels?.count ?? 0) / count, width = (targets?.count ?? 0) / count
        precondition(features.map { all in places.map { $0.count == all.count && length >= examples.maxRowLength } ?? (length >= examples.features) } ?? true)
        precondition(labels == nil || listLength >= examples.maxLabelCount)
        // A row is copied in a fraction of a microsecond; targets may be as long as there are labels.
        let grain = max(1, 8192 / max(1, 2 * length + listLength + width))
        pool.run(pieces: (count + grain - 1) / grain) { (piece: Int) in
            for place in piece * grain..<min(count, (piece + 1) * grain) {
                let row = row(indices[place]), entries = examples.row(row), list = examples.labelPlaces(row)
                if let numbers = features?[place * length..<(place + 1) * length] {
                    fill(numbers, places?[place * length..<(place + 1) * length], examples, entries)
                }
                if let labels {
                    let first = place * listLength, last = first + list.count
                    labels[first..<last].copy(from: examples.labels[list])
                    labels[last..<first + listLength].fill(-1)
                }
                if let targets { mark(examples.labels[list], from: firstTarget, in: targets[place * width..<(place + 1) * width]) }
            }
        }
    }

    private func fill(_ numbers: Floats, _ columns: Ints?, _ examples: SparseExamples, _ entries: Range<Int>) {
        guard let columns else {
            numbers.fill(0)
            for entry in entries { numbers[Int(examples.columns[entry])] = examples.values[entry] }
            return
        }
        numbers.prefix(entries.count).copy(from: examples.values[entries])
        columns.prefix(entries.count).copy(from: examples.columns[entries])
        numbers[entries.count..<numbers.count].fill(0)
        columns[entries.count..<columns.count].fill(-1)
    }

    /// A 1 at each label, as far as there is a place for it: one number tells two classes apart.
    private func mark(_ list: Ints, from first: Int, in target: Floats) {
        target.fill(0)
        for index in 0..<list.count {
            let place = Int(list[index]) - first
            if place >= 0, place < target.count { target[place] = 1 }
        }
    }
}
