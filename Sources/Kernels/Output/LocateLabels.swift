/// Where each label stands among units that ascend, for the batch or for each example: -1 where it is not among them, and behind the last label.
///
/// - Parameters:
///   - labels: [examples, any]
///   - units: [count], or if `perExample` [examples, count]
///   - places: as `labels`; those found come first, as the labels do
public func locateLabels(_ labels: Ints, among units: Ints, perExample: Bool, places: Ints, examples: Int) {
    precondition(places.count == labels.count)
    let most = labels.width(rows: examples), count = perExample ? units.width(rows: examples) : units.count
    for example in 0..<examples {
        let own = perExample ? units[example * count..<(example + 1) * count] : units
        var found = example * most
        for place in found..<found + most {
            let label = labels[place]
            places[place] = -1
            guard label >= 0 else { continue }
            var low = 0, high = count
            while low < high {
                let middle = (low + high) / 2
                if own[middle] < label { low = middle + 1 } else { high = middle }
            }
            guard low < count, own[low] == label else { continue }
            places[found] = Int32(truncatingIfNeeded: low)
            found += 1
        }
    }
}
