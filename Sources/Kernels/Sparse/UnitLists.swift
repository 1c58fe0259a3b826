/// The lists of a batch turned round: for each unit its entries by ascending example, with four bytes of each: its value, or
/// its place.
struct UnitLists<Payload: BitwiseCopyable> {
    let units: Int
    /// `starts[u] ..< starts[u + 1]` are the entries of unit u.
    let starts: UnsafeMutablePointer<Int32>
    let examples: UnsafeMutablePointer<Int32>
    let payloads: UnsafeMutablePointer<Payload>

    private static func lines(_ floats: Int) -> Int { (floats + 15) / 16 * 16 }

    static func floats(units: Int, entries: Int) -> Int { lines(units + 2) + 2 * lines(entries) }

    init(_ indices: Ints, _ entries: ExampleEntries, batch: Int, units: Int, in scratch: Floats, payload: (_ entry: Int) -> Payload) {
        precondition(scratch.count >= Self.floats(units: units, entries: indices.count) && MemoryLayout<Payload>.size == 4)
        let afterStarts = Self.lines(units + 2), list = Self.lines(indices.count)
        func part<Element>(_ from: Int) -> UnsafeMutablePointer<Element> {
            UnsafeMutableRawPointer(scratch.base + from).assumingMemoryBound(to: Element.self)
        }
        self.units = units
        starts = part(0)
        examples = part(afterStarts)
        payloads = part(afterStarts + list)
        // Counting sort: counts two places on, then sums, so that the second walk leaves the starts in place.
        starts.update(repeating: 0, count: units + 2)
        for i in 0..<indices.count { starts[Int(indices.base[i]) + 2] += 1 }
        for unit in 0..<units { starts[unit + 2] += starts[unit + 1] }
        for n in 0..<batch {
            for i in entries[n] {
                let unit = Int(indices.base[i]), place = Int(starts[unit + 1])
                starts[unit + 1] += 1
                examples[place] = Int32(truncatingIfNeeded: n)
                payloads[place] = payload(i)
            }
        }
    }

    func entries(_ unit: Int) -> Range<Int> { Int(starts[unit])..<Int(starts[unit + 1]) }

    /// Writes the index set of the units that have entries, and returns how many these are.
    func collectTouched(in touched: Ints) -> Int {
        var rows = 0
        for unit in 0..<units where !entries(unit).isEmpty {
            rows += 1
            touched[rows] = Int32(truncatingIfNeeded: unit)
        }
        touched[0] = Int32(truncatingIfNeeded: rows)
        return rows
    }

    /// The touched rows of one thread of `count`: all have about the same number of entries.
    func share(_ index: Int, of count: Int, _ touched: Ints) -> Range<Int> {
        firstRow(index, count, touched)..<firstRow(index + 1, count, touched)
    }

    private func firstRow(_ share: Int, _ count: Int, _ touched: Ints) -> Int {
        let bound = Int(starts[units]) * share / count
        return first(below: Int(touched[0])) { Int(starts[Int(touched[1 + $0])]) >= bound }
    }

    /// The units of one thread of `count`, in the same way; the last has those behind all entries too.
    func share(_ index: Int, of count: Int) -> Range<Int> { firstUnit(index, count)..<firstUnit(index + 1, count) }

    private func firstUnit(_ share: Int, _ count: Int) -> Int {
        if share == count { return units }
        let bound = Int(starts[units]) * share / count
        return first(below: units) { Int(starts[$0]) >= bound }
    }

    /// Where a condition begins to hold that holds from there on.
    private func first(below end: Int, where holds: (Int) -> Bool) -> Int {
        var low = 0, high = end
        while low < high {
            let middle = (low + high) / 2
            if holds(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
