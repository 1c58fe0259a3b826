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
            work.additions = Count.sum(Count.product(entries, rounds), projections * levels)
            work.comparisons = codes
        case .wta:
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
    ///   - centre: of simhash, what each projection is compared with; of wta, what is taken off each number.
    func referenceKeys<S: ReferenceScalar>(_ entries: [(place: Int, number: S)], pattern: [Int32], centre: [S]?, isQuery: Bool, isWhole: Bool) -> [Int] {
        let changes = isQuery ? probes : 0
        let found = function == .simhash
            ? signs(entries, pattern, centre, withMargins: changes > 0)
            : winners(entries, pattern, centre, withMargins: changes > 0, isWhole: isWhole)
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
        _ entries: [(place: Int, number: S)], _ pattern: [Int32], _ centre: [S]?, withMargins: Bool
    ) -> [(code: Int, next: Int, margin: S)] {
        let sums = referenceProjections(entries, pattern: pattern)
        return (0..<codes).map { h in
            let middle = centre?[h] ?? .zero
            let code = sums[h] < middle ? 1 : 0
            let difference = withMargins ? sums[h] - middle : .zero
            return (code, 1 - code, difference.value < 0 ? -difference : difference)
        }
    }

    /// The signed sums, each added up with all sign patterns of a Hadamard matrix (Sylvester's).
    func referenceProjections<S: ReferenceScalar>(_ entries: [(place: Int, number: S)], pattern: [Int32]) -> [S] {
        var sums = Array(repeating: S.zero, count: projections)
        for (place, number) in entries {
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
        _ entries: [(place: Int, number: S)], _ pattern: [Int32], _ centre: [S]?, withMargins: Bool, isWhole: Bool
    ) -> [(code: Int, next: Int, margin: S)] {
        var windows = Array(repeating: Window<S>(), count: codes + 1)
        for (place, given) in entries {
            var number = given
            if let centre { number = given - centre[place] }
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

extension HashScheme {
    /// A row's last two coordinates. Without the longest row's square, what it needs to find that out.
    func referenceBiasAndNorm<S: ReferenceScalar>(_ row: ArraySlice<S>, bias: S?, mean: [S]) -> (bias: S, norm: S) {
        var answer = S.zero, norm = S.zero
        for (weight, centre) in zip(row, mean) { answer += weight * centre }
        for weight in row { norm += weight * weight }
        if let bias { answer += bias }
        return (answer, norm)
    }

    func referenceExtra<S: ReferenceScalar>(bias: S, norm: S, inverse: S, longest: S) -> (bias: S, rest: S) {
        let scaled = bias * inverse
        let rest = longest - (norm + scaled * scaled)
        return (scaled, S.sqrt(S.larger(.zero, rest)))
    }

    /// Of `referenceBiasAndNorm` and `referenceExtra`, for one row.
    func extraWork(useBias: Bool) -> Work {
        Work(
            multiplications: Count.sum(Count.product(2, inputs), 2), additions: Count.sum(Count.product(2, inputs), 2 + (useBias ? 1 : 0)),
            transcendentals: 1, comparisons: 1)
    }

    func referenceRowKeys<S: ReferenceScalar>(_ row: ArraySlice<S>, extra: (bias: S, rest: S)?, pattern: [Int32]) -> [Int] {
        var entries = row.enumerated().map { (place: $0, number: $1) }
        if let extra { entries += [(inputs, extra.bias), (inputs + 1, extra.rest)] }
        return referenceKeys(entries, pattern: pattern, centre: nil, isQuery: false, isWhole: true)
    }
}
