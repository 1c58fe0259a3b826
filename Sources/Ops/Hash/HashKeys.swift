import Graph
import Kernels

/// The buckets of a layer's hash tables that each example looks at.
///
/// Of simhash, every bit is the sign of a projection on as many random signs as the vector has numbers. All projections come from one signed
/// permutation of the numbers, dealt out to as many sums as there are bits (rounded up to a power of two), and a fast Walsh–Hadamard
/// transform of the sums: any two of them are as independent as if their signs had been drawn one by one (compare Ailon and
/// Chazelle 2006; Andoni et al. 2015). Of wta and dwta, every code says which number of a window of a random permutation is the largest.
///
/// Inputs: x f32[N,inputs], or if sparse values f32[N,k] and where they belong, i32[N,k] or an index set i32[1+k] for all examples; the pattern;
/// of simhash and wta the factors f32[2,inputs], of which the first row is that of queries; of simhash the thresholds f32[2,tables·hashes], likewise; of
/// wta the mean f32[inputs]. Output: i32[N, lookups], table by table the vector's own bucket, then those of the first probe, and so on.
public struct HashKeys: Operation {
    public var scheme: HashScheme
    public var isSparse: Bool

    public init(_ scheme: HashScheme, isSparse: Bool) {
        self.scheme = scheme
        self.isSparse = isSparse
    }

    public var name: String { "hash_keys" }
    public var attributes: [(key: String, value: String)] { scheme.attributes + [("units", "\(scheme.units)")] + (isSparse ? [("sparse", "true")] : []) }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    private var patternIndex: Int { isSparse ? 2 : 1 }
    private var states: [(role: String, type: TensorType)] {
        let pattern = ("pattern", scheme.patternType), factors = ("factors", scheme.factorsType)
        return switch scheme.function {
        case .simhash: [pattern, factors, ("thresholds", scheme.thresholdsType)]
        case .wta: [pattern, factors, ("mean", scheme.meanType)]
        case .dwta: [pattern]
        }
    }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try scheme.check()
        try inputs.expect((isSparse ? ["values", "units"] : ["input"]) + states.map(\.role), of: name)
        try inputs.expectVectors(scheme.inputs, isSparse: isSparse, of: name)
        for (offset, state) in states.enumerated() { try inputs.expect(patternIndex + offset, is: state.type, state.role) }
        return [scheme.keysType]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let entries = isSparse ? o.inputs[0].shape[0] : scheme.inputs
        var work = scheme.hashWork(entries: entries, isQuery: true, isWhole: isWhole) * o.batch
        work.streamed = o.streamed
        return SlotWork(o.slot, work)
    }

    /// Where zeros take part in the contest, vectors are filled up with them.
    private var isWhole: Bool {
        if case .wta = scheme.function { return true }
        return !isSparse
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { hashQueriesScratch(scheme, threads: threads) }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {}

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let isSimhash = scheme.function == .simhash, centred = scheme.takesMeanOff
        let by = HashCentring(
            factors: centred ? HashFrame.part(0, of: c.input(patternIndex + 1)) : nil,
            mean: centred && !isSimhash ? c.input(patternIndex + 2) : nil,
            thresholds: isSimhash ? HashFrame.part(0, of: c.input(patternIndex + 2)) : nil)
        hashQueries(
            c.hashVectors(isSparse: isSparse), pattern: c.inputInts(patternIndex), by,
            keys: c.outputInts(0), scheme, vectors: c.batch, scratch: c.scratch, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let pattern = c.inputs[patternIndex].ints, isSimhash = scheme.function == .simhash, centred = scheme.takesMeanOff
        let by = ReferenceCentring(
            factors: centred ? c.inputs[patternIndex + 1].values : nil, mean: centred && !isSimhash ? c.inputs[patternIndex + 2].values : nil,
            thresholds: isSimhash ? c.inputs[patternIndex + 2].values : nil)
        c.outputs[0].ints = c.hashVectors(isSparse: isSparse, inputs: scheme.inputs).flatMap { given in
            var entries = given
            if isWhole && isSparse {
                let numbers = Dictionary(uniqueKeysWithValues: given.map { ($0.place, $0.number) })
                entries = (0..<scheme.inputs).map { ($0, numbers[$0] ?? .zero) }
            }
            return scheme.referenceKeys(entries, pattern: pattern, by, isQuery: true, isWhole: isWhole).map { Int32($0) }
        }
    }

    static let samples = [
        HashScheme(function: .simhash, inputs: 19, units: 40, tables: 3, hashes: 4, bucketSize: 4),
        HashScheme(function: .simhash, inputs: 37, units: 9, tables: 5, hashes: 7, probes: 3, bucketSize: 8),
        HashScheme(function: .simhash, inputs: 5, units: 500, tables: 4, hashes: 9, probes: 31, bucketSize: 2),
        HashScheme(function: .simhash, inputs: 1, units: 1, tables: 1, hashes: 1, bucketSize: 1),
        HashScheme(function: .wta(window: 8), inputs: 40, units: 300, tables: 4, hashes: 2, bucketSize: 8),
        HashScheme(function: .wta(window: 4), inputs: 21, units: 30, tables: 3, hashes: 3, probes: 5, bucketSize: 4),
        HashScheme(function: .dwta(window: 8), inputs: 40, units: 300, tables: 4, hashes: 2, bucketSize: 8),
        HashScheme(function: .dwta(window: 4), inputs: 21, units: 30, tables: 3, hashes: 3, probes: 5, bucketSize: 4),
    ].flatMap { scheme in
        let pattern = OperationSample.Operand.pattern(scheme)
        let n = scheme.inputs, kept = max(1, n / 3)
        let factors = OperationSample.Operand(scheme.factorsType, .positive)
        let centre: [OperationSample.Operand] =
            switch scheme.function {
            case .simhash: [factors, .whole(2, scheme.codes)]
            case .wta: [factors, .whole(n)]
            case .dwta: []
            }
        return [
            OperationSample(HashKeys(scheme, isSparse: false), [.each(n), pattern] + centre, slot: .overhead),
            OperationSample(HashKeys(scheme, isSparse: true), [.each(kept), .indices(kept, of: n), pattern] + centre, slot: .overhead),
            OperationSample(
                HashKeys(scheme, isSparse: true), [.each(kept, values: .classes(3)), .fullIndexSet(kept, of: n), pattern] + centre, slot: .overhead),
        ]
    }
}

extension OperationSample.Operand {
    /// A scheme's random order of the coordinates, with signs where it has any.
    static func pattern(_ scheme: HashScheme) -> Self {
        Self(scheme.patternType, .permutations(of: scheme.coordinates, signed: scheme.function == .simhash))
    }

    /// Whole numbers 0 ..< limit.
    static func numbers(_ type: TensorType, below limit: Int) -> Self { Self(type, .classes(limit)) }
}
