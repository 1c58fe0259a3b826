/// How full hash tables are.
public struct HashOccupancy: Sendable, Hashable {
    /// Units in a bucket, on average over all.
    public let mean: Double
    /// In the fullest.
    public let largest: Int
    /// Of the buckets.
    public let shareEmpty: Double
    /// Of the units' places in the tables: those that found their bucket full.
    public let shareDropped: Double

    /// - Parameter counts: of each bucket, how many units it holds and how many belong there.
    public init(counts: [Int32]) {
        var held = 0, members = 0, largest = 0, empty = 0
        for bucket in stride(from: 0, to: counts.count - 1, by: 2) {
            held += Int(counts[bucket])
            members += Int(counts[bucket + 1])
            largest = max(largest, Int(counts[bucket]))
            if counts[bucket] == 0 { empty += 1 }
        }
        let buckets = Double(max(1, counts.count / 2))
        mean = Double(held) / buckets
        self.largest = largest
        shareEmpty = Double(empty) / buckets
        shareDropped = members > held ? Double(members - held) / Double(members) : 0
    }
}
