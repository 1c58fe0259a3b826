/// Which of a batch's entries, stored one example after the other, are those of one example.
@frozen public struct ExampleEntries: Sendable {
    /// So many for each example, or
    public let perExample: Int
    /// how many there are up to each example.
    public let ends: Ints?

    /// - Parameter count: entries of all examples.
    public init(count: Int, batch: Int, ends: Ints?) {
        precondition(ends.map { $0.count == batch && (batch == 0 || $0[batch - 1] == count) } ?? true)
        perExample = batch > 0 ? count / batch : 0
        self.ends = ends
    }

    public subscript(example: Int) -> Range<Int> {
        guard let ends else { return example * perExample..<(example + 1) * perExample }
        return (example == 0 ? 0 : Int(ends.base[example - 1]))..<Int(ends.base[example])
    }
}
