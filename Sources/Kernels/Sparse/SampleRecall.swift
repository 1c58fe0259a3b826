import CKernels

/// A dense layer, of whose units `kept` were chosen, looked at for the first `examples` of a batch.
public struct RecallSample: Sendable, Hashable {
    public var examples: Int
    public var inputs: Int
    public var units: Int
    public var kept: Int

    public init(examples: Int, inputs: Int, units: Int, kept: Int) {
        self.examples = examples
        self.inputs = inputs
        self.units = units
        self.kept = kept
    }

    private var keyCount: Int { UnitSelection(examples: 1, pixels: 1, units: units, kept: kept).keyCount }

    /// Floats of scratch memory of one thread.
    fileprivate var perThread: Int { inputs + units + keyCount + kept }

    /// Floats of scratch memory.
    public func scratch(threads: Int) -> Int { examples + threads * perThread }
}

/// How many of each example's `kept` units with the largest outputs are among those that were chosen, over all examples.
///
/// - Parameters:
///   - x: what the layer reads, of `vectors` examples at least as many as are looked at.
///   - chosen: an index set (how many, then which) for all examples, or `kept` units for each; ascending.
public func sampleRecall(
    _ x: HashVectors, vectors: Int, weights: Floats, bias: Floats?, chosen: Ints, perExample: Bool, _ s: RecallSample, scratch: Floats,
    _ pool: WorkerPool
) -> Int {
    precondition(s.examples <= vectors && weights.count == s.units * s.inputs && bias.map { $0.count == s.units } ?? true)
    precondition(chosen.count == (perExample ? vectors * s.kept : 1 + s.kept) && scratch.count >= s.scratch(threads: pool.threads))
    let found = UnsafeMutableRawPointer(scratch.base).assumingMemoryBound(to: Int32.self)
    let pieces = Pieces.rows(s.examples, width: s.units * s.inputs, pool)
    pool.run(pieces: pieces.count) { piece, thread in
        let start = s.examples + thread * s.perThread, memory = scratch[start..<start + s.perThread]
        let row = memory.prefix(s.inputs), outputs = memory[s.inputs..<s.inputs + s.units]
        let keys = UnsafeMutableRawPointer(outputs.base + s.units).assumingMemoryBound(to: Int32.self)
        let best = keys + (s.perThread - s.inputs - s.units - s.kept)
        for example in pieces[piece] {
            let numbers = x.row(example, of: vectors, into: row)
            for unit in 0..<s.units {
                outputs.base[unit] = nnc_dot(weights.base + unit * s.inputs, numbers, s.inputs) + (bias?.base[unit] ?? 0)
            }
            nnc_value_keys(outputs.base, keys, s.units)
            nnc_select_largest_signed(keys, s.units, s.kept, best)
            let own = perExample ? chosen.base + example * s.kept : chosen.base + 1
            var a = 0, b = 0, shared: Int32 = 0
            while a < s.kept && b < s.kept {
                if own[a] == best[b] { shared += 1 }
                let step = own[a] <= best[b]
                if own[a] >= best[b] { b += 1 }
                if step { a += 1 }
            }
            found[example] = shared
        }
    }
    return (0..<s.examples).reduce(0) { $0 + Int(found[$1]) }
}

/// Adds one to the count of each unit that is chosen, for all examples or for each of them.
///
/// With as many numbers of scratch memory they are counted apart first: workers share the counts, and each write to them takes the cache line from
/// the other. Of few choices among very many units, without it.
public func countSelections(_ chosen: Ints, perExample: Bool, counts: Floats, scratch: Floats?) {
    let own = scratch?.prefix(counts.count) ?? counts
    if scratch != nil { own.fill(0) }
    for place in (perExample ? 0 : 1)..<chosen.count {
        let unit = Int(chosen.base[place])
        precondition(unit >= 0 && unit < counts.count)
        own.base[unit] += 1
    }
    guard scratch != nil else { return }
    for unit in 0..<counts.count { counts.base[unit] += own.base[unit] }
}
