import Graph
import Kernels

extension HashScheme {
    /// What hashing one vector costs, of which `entries` numbers are given.
    ///
    /// - Parameters:
    ///   - isQuery: whether it looks at more than one bucket of a table, and its mean is taken off.
    ///   - isWhole: whether the numbers that are not given count as zeros.
    func hashWork(entries: Int, isQuery: Bool, isWhole: Bool) -> Work {
        let probing = isQuery && probes > 0
        var work = Work()
        switch function {
        case .simhash:
            let levels = projections.trailingZeroBitCount
            let own = min(entries, inputs)
            work.multiplications = own
            work.additions = Count.sum(Count.product(entries, rounds), projections * levels)
            work.comparisons = codes
        case .wta:
            work.multiplications = inputs
            work.additions = isQuery ? inputs : 0
            work.comparisons = codes * function.window * (probing ? 2 : 1)
        case .dwta:
            let compared = isWhole ? codes * function.window : Count.product(entries, rounds)
            work.comparisons = Count.sum(entries, Count.product(compared, probing ? 2 : 1))
        }
        if probing {
            work.additions = Count.sum(work.additions, codes)
            work.comparisons = Count.sum(work.comparisons, tables * (hashes * (hashes - 1) / 2))
        }
        return work
    }

    /// The buckets of one vector: in each table its own, then those of the first probe, and so on.
    ///
    /// - Parameters:
    ///   - entries: coordinates, ascending, and numbers.
    func referenceKeys<S: ReferenceScalar>(_ entries: [(place: Int, number: S)], pattern: [Int32], _ by: ReferenceCentring<S>, isQuery: Bool, isWhole: Bool) -> [Int] {
        let changes = isQuery ? probes : 0
        let found = function == .simhash
            ? signs(entries, pattern, by, withMargins: changes > 0)
            : winners(entries, pattern, by, withMargins: changes > 0, isWhole: isWhole)
        let byTable = (0..<tables).map { Array(found[$0 * hashes..<($0 + 1) * hashes]) }
        let ranks = changes > 0 ? byTable.map(marginRanks) : []
        return (0...changes).flatMap { probe in
            (0..<tables).map { t in
                var key: UInt32 = 0
                for k in 0..<hashes {
                    let isChanged = probe > 0 && ranks[t][k] < 8 && probeSet(probe - 1) >> UInt32(ranks[t][k]) & 1 == 1
                    key |= UInt32(isChanged ? byTable[t][k].next : byTable[t][k].code) << UInt32(k * codeBits)
                }
                return bucket(key)
            }
        }
    }

    /// The place of each code of a key when they are ordered by their margins.
    private func marginRanks<S: ReferenceScalar>(_ table: [(code: Int, next: Int, margin: S)]) -> [Int] {
        var ranks = Array(repeating: 0, count: hashes)
        for k in 0..<hashes {
            for j in 0..<k {
                if table[k].margin < table[j].margin { ranks[j] += 1 } else { ranks[k] += 1 }
            }
        }
        return ranks
    }

    private func signs<S: ReferenceScalar>(
        _ entries: [(place: Int, number: S)], _ pattern: [Int32], _ by: ReferenceCentring<S>, withMargins: Bool
    ) -> [(code: Int, next: Int, margin: S)] {
        let sums = referenceProjections(entries, pattern: pattern, factors: by.factors ?? [])
        return (0..<codes).map { h in
            let middle = by.thresholds?[h] ?? .zero
            let code = sums[h] < middle ? 1 : 0
            let difference = withMargins ? sums[h] - middle : .zero
            return (code, 1 - code, difference.value < 0 ? -difference : difference)
        }
    }

    /// The signed sums, each added up with all sign patterns of a Hadamard matrix (Sylvester's).
    func referenceProjections<S: ReferenceScalar>(_ entries: [(place: Int, number: S)], pattern: [Int32], factors: [S]) -> [S] {
        var sums = Array(repeating: S.zero, count: projections)
        for (place, given) in entries {
            let number = place < inputs ? given * factors[place] : given
            for r in 0..<rounds {
                let entry = Int(pattern[r * coordinates + place])
                sums[(r * coordinates + entry / 2) % projections] += entry % 2 == 1 ? -number : number
            }
        }
        var half = 1
        while half < projections {
            for i in 0..<projections where i & half == 0 {
                (sums[i], sums[i + half]) = (sums[i] + sums[i + half], sums[i] - sums[i + half])
            }
            half *= 2
        }
        return sums
    }

    private func winners<S: ReferenceScalar>(
        _ entries: [(place: Int, number: S)], _ pattern: [Int32], _ by: ReferenceCentring<S>, withMargins: Bool, isWhole: Bool
    ) -> [(code: Int, next: Int, margin: S)] {
        var windows = Array(repeating: Window<S>(), count: codes + 1)
        for (place, given) in entries {
            var number = given
            if let mean = by.mean { number = number - mean[place] }
            if let factors = by.factors { number = number * factors[place] }
            if case .dwta = function { number = S.zero < (given.value < 0 ? -given : given) ? given : S(-.infinity) }
            for r in 0..<rounds {
                let position = r * inputs + Int(pattern[r * inputs + place])
                let index = min(codes, position / function.window), inWindow = position % function.window
                // Behind the last window: looked at only where nobody knows beforehand.
                if index == codes && isWhole { continue }
                let wins = windows[index].best < number, isNext = withMargins && windows[index].second < number
                if wins {
                    (windows[index].second, windows[index].next) = (windows[index].best, windows[index].code)
                    (windows[index].best, windows[index].code) = (number, inWindow)
                } else if isNext {
                    (windows[index].second, windows[index].next) = (number, inWindow)
                }
            }
        }
        windows.removeLast()
        let full = windows.map { $0.code >= 0 }
        return windows.indices.map { h in
            var source: Window<S>? = windows[h]
            if case .dwta = function, !full[h] {
                source = full.contains(true)
                    ? (1...Self.donorAttempts).lazy.map { donor(of: h, attempt: $0) }.first { full[$0] }.map { windows[$0] } : nil
            }
            guard let source else { return (0, 0, S(.infinity)) }
            let code = max(0, source.code)
            return (code, source.next < 0 ? code : source.next, withMargins ? source.best - source.second : .zero)
        }
    }
}

/// The largest and the second largest number of a window, and where in it they stand.
private struct Window<S: ReferenceScalar> {
    var best = S(-.infinity), second = S(-.infinity), code = -1, next = -1
}

/// Tables of a reference loop.
struct ReferenceTables {
    var slots: [Int32]
    var counts: [Int32]
    var codes: [Int32]
    let scheme: HashScheme
    let seed: UInt32

    private func stored(_ at: Int) -> Int { min(max(Int(counts[2 * at]), 0), scheme.bucketSize) }

    mutating func insert(_ unit: Int, table: Int, bucket: Int) {
        let at = table * scheme.buckets + bucket, held = stored(at), members = max(0, Int(counts[2 * at + 1]))
        if held < scheme.bucketSize {
            slots[at * scheme.bucketSize + held] = Int32(unit)
            counts[2 * at] = Int32(held + 1)
        } else {
            let place = HashScheme.reservoirPlace(unit: unit, members: members, table: table, seed: seed)
            if place < scheme.bucketSize { slots[at * scheme.bucketSize + place] = Int32(unit) }
        }
        counts[2 * at + 1] = Int32(members + 1)
    }

    mutating func remove(_ unit: Int, table: Int, bucket: Int) {
        let at = table * scheme.buckets + bucket, held = stored(at), first = at * scheme.bucketSize
        counts[2 * at + 1] = counts[2 * at + 1] > 0 ? counts[2 * at + 1] - 1 : counts[2 * at + 1]
        guard let place = slots[first..<first + held].firstIndex(of: Int32(unit)) else { return }
        slots[place] = slots[first + held - 1]
        counts[2 * at] = Int32(held - 1)
    }

    /// What a bucket holds.
    func held(table: Int, bucket: Int) -> ArraySlice<Int32> {
        let at = table * scheme.buckets + bucket % scheme.buckets
        return slots[at * scheme.bucketSize..<at * scheme.bucketSize + stored(at)]
    }
}

/// Whose numbers are hashed, queries' or rows': the first or second half of what they are made comparable by.
struct ReferenceCentring<S: ReferenceScalar> {
    var factors: [S]?
    var mean: [S]?
    var thresholds: [S]?

    /// - Parameter rows: the second halves.
    init(factors: [S]?, mean: [S]? = nil, thresholds: [S]?, ofRows rows: Bool = false) {
        func half(_ both: [S]?) -> [S]? { both.map { Array(rows ? $0.suffix($0.count / 2) : $0.prefix($0.count / 2)) } }
        (self.factors, self.mean, self.thresholds) = (half(factors), mean, half(thresholds))
    }
}

/// A row's level, what it answers the mean query, and the square of its length.
struct ReferenceRow<S: ReferenceScalar> {
    var level: S
    var norm: S

    init(_ row: ArraySlice<S>, bias: S?, mean: [S], factors: [S]) {
        (level, norm) = (.zero, .zero)
        for (weight, centre) in zip(row, mean) { level += weight * centre }
        for (weight, factor) in zip(row, factors) {
            let number = weight * factor
            norm += number * number
        }
        if let bias { level += bias }
    }

    /// The coordinate of the level.
    func scaled(_ scale: [S]) -> S { (level - scale[2]) * scale[0] }

    /// Both coordinates behind the row.
    func extra(_ scale: [S]) -> [S] {
        let scaled = scaled(scale)
        return [scaled, S.sqrt(S.larger(.zero, scale[1] - (norm + scaled * scaled)))]
    }
}

extension HashScheme {
    /// Of `ReferenceRow` and its coordinates, for one row.
    func rowWork(useBias: Bool) -> Work {
        let n = inputs
        return Work(
            multiplications: Count.sum(Count.product(3, n), 2), additions: Count.sum(Count.product(2, n), 3 + (useBias ? 1 : 0)), transcendentals: 1,
            comparisons: 1)
    }

    /// A row of weights as it is hashed.
    func pooledRow<S: ReferenceScalar>(_ unit: Int, of weights: [S]) -> ArraySlice<S> {
        let row = weights[unit * rowWidth..<(unit + 1) * rowWidth]
        guard pool > 1 else { return row }
        var sums = Array(repeating: S.zero, count: inputs)
        for (i, number) in row.enumerated() { sums[i / pool] += number }
        return sums[...]
    }

    func referenceRowKeys<S: ReferenceScalar>(_ row: ArraySlice<S>, extra: [S], pattern: [Int32], _ by: ReferenceCentring<S>) -> [Int] {
        let entries = (Array(row) + extra).enumerated().map { (place: $0, number: $1) }
        return referenceKeys(entries, pattern: pattern, by, isQuery: false, isWhole: true)
    }
}
