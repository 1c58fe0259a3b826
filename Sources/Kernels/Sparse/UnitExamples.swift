/// For each unit of a layer the examples that want it, and where their numbers stand in a tensor [batch, units of an example]:
/// the lists of a batch turned round, or all examples for every unit.
struct UnitExamples {
    private let lists: UnitLists<Int32>?
    private let batch: Int
    private let units: Int
    let examples: UnsafePointer<Int32>
    /// Of one unit, those of its entries; where all examples want all units, those of unit 0, and `offset` comes on top.
    let places: UnsafePointer<Int32>

    static func floats(units: Int, kept: Int, batch: Int, all: Bool) -> Int {
        all ? 2 * batch : UnitLists<Int32>.floats(units: units, entries: batch * kept)
    }

    init(_ which: Ints?, batch: Int, units: Int, in scratch: Floats) {
        self.batch = batch
        self.units = units
        guard let which else {
            precondition(scratch.count >= 2 * batch)
            let all = UnsafeMutableRawPointer(scratch.base).assumingMemoryBound(to: Int32.self), first = all + batch
            for n in 0..<batch {
                all[n] = Int32(truncatingIfNeeded: n)
                first[n] = Int32(truncatingIfNeeded: n * units)
            }
            lists = nil
            examples = UnsafePointer(all)
            places = UnsafePointer(first)
            return
        }
        let byExample = ExampleEntries(count: which.count, batch: batch, ends: nil)
        let lists = UnitLists(which, byExample, batch: batch, units: units, in: scratch) { Int32(truncatingIfNeeded: $0) }
        self.lists = lists
        examples = UnsafePointer(lists.examples)
        places = UnsafePointer(lists.payloads)
    }

    /// The entries of a unit, by ascending example.
    func entries(_ unit: Int) -> Range<Int> { lists?.entries(unit) ?? 0..<batch }

    /// Those of them that lie in some examples.
    func entries(_ unit: Int, of some: Range<Int>) -> Range<Int> {
        guard let lists else { return some }
        var range = lists.entries(unit)
        while let first = range.first, examples[first] < some.lowerBound { range = first + 1..<range.upperBound }
        while let last = range.last, examples[last] >= some.upperBound { range = range.lowerBound..<last }
        return range
    }

    func offset(_ unit: Int) -> Int { lists == nil ? unit : 0 }

    /// The units of one thread of `count`: all have about the same number of entries.
    func share(_ index: Int, of count: Int) -> Range<Int> {
        lists?.share(index, of: count) ?? units * index / count..<units * (index + 1) / count
    }

    /// Writes the index set of the units that any example wants, and returns how many these are.
    func collectTouched(in touched: Ints) -> Int { lists?.collectTouched(in: touched) ?? units }

    /// The rows of a gradient of one thread of `count`: units, or those of an index set.
    func rows(_ index: Int, of count: Int, _ touched: Ints?) -> Range<Int> {
        guard let lists, let touched else { return share(index, of: count) }
        return lists.share(index, of: count, touched)
    }
}
