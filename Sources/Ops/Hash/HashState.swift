import Graph
import Kernels

/// A layer's hash tables in a graph: its values, and the operations that read and write them.
///
/// Declared with the same names in the plans of training and of evaluation, they are the same memory.
public struct HashState: Sendable {
    /// What a layer reads.
    public enum Query: Sendable {
        case dense(ValueID)
        /// Numbers f32[N,k], and where they belong: i32[N,k], or an index set i32[1+k] for the whole batch.
        case sparse(values: ValueID, which: ValueID)

        var values: [ValueID] {
            switch self {
            case .dense(let x): [x]
            case .sparse(let values, let which): [values, which]
            }
        }

        var isSparse: Bool { values.count > 1 }
    }

    /// The name of what buckets hold, behind the layer's.
    public static let counts = "hash_counts"

    public let scheme: HashScheme
    public let useBias: Bool
    public let layer: Int?
    /// Tells the layers' random choices apart.
    public let stream: Int
    public let pattern: ValueID
    /// As of now: each operation that writes one of them leaves a new value.
    public private(set) var mean: ValueID?
    public private(set) var variance: ValueID?
    public private(set) var factors: ValueID?
    public private(set) var thresholds: ValueID?
    public private(set) var scale: ValueID?
    public private(set) var slots: ValueID
    public private(set) var counts: ValueID
    public private(set) var codes: ValueID?
    public private(set) var dirt: ValueID?

    /// Declares the values. For evaluation, only those that a query reads: `training` false.
    ///
    /// - Parameter resumes: whether the graph has them already, and they are taken as they are at its end.
    public init(_ scheme: HashScheme, useBias: Bool, in graph: inout Graph, layer: Int?, prefix: String, stream: Int, training: Bool, resumes: Bool = false) {
        self.scheme = scheme
        self.useBias = useBias && scheme.function == .simhash
        self.layer = layer
        self.stream = stream
        func declare(_ name: String, _ type: TensorType, _ initial: Initial, _ axes: [Axis]) -> ValueID {
            let name = "\(prefix)hash_\(name)"
            return (resumes ? graph.current(name) : nil) ?? graph.addValue(name, type, .layerState(initial), layer: layer, axes: axes)
        }
        let none = Initial.constant(0), isSimhash = scheme.function == .simhash, isCentred = scheme.takesMeanOff
        pattern = declare(
            "pattern", scheme.patternType, .permutations(of: scheme.coordinates, signed: isSimhash), [.fixed, .fixed])
        if isCentred && (training || !isSimhash) { mean = declare("mean", scheme.meanType, none, [.inputs]) }
        if isCentred && training { variance = declare("variance", scheme.varianceType, .constant(1), [.inputs]) }
        if isCentred { factors = declare("factors", scheme.factorsType, .constant(1), [.fixed, .inputs]) }
        if isSimhash { thresholds = declare("thresholds", scheme.thresholdsType, none, [.fixed, .fixed]) }
        if isSimhash && training { scale = declare("scale", scheme.scaleType, none, [.fixed]) }
        slots = declare("slots", scheme.slotsType, none, [.fixed, .fixed, .fixed])
        counts = declare("counts", scheme.countsType, none, [.fixed, .fixed, .fixed])
        if training {
            codes = declare("codes", scheme.codesType, none, [.fixed, .units])
            dirt = declare("dirt", scheme.dirtType, none, [.units])
        }
    }

    /// Adds the operation that follows the queries' mean; nothing where the function takes no account of it. `x` is what the layer reads.
    public mutating func average(_ x: Query, schedule: RefreshSchedule, decay: Double, in graph: inout Graph) throws(TypeError) {
        guard let oldMean = mean, let oldVariance = variance else { return }
        let operation = AverageInputs(inputs: scheme.inputs, isSparse: x.isSparse, schedule: schedule, decay: decay)
        let new = try graph.add(operation, x.values + [oldMean, oldVariance], layer: layer, slot: .overhead)
        (mean, variance) = (new[0], new[1])
    }

    /// Adds the operation that builds the tables, in front of the query.
    public mutating func rebuild(_ weights: ValueID, _ bias: ValueID?, schedule: RefreshSchedule, in graph: inout Graph) throws(TypeError) {
        let operation = RebuildTables(scheme, useBias: useBias, schedule: schedule, stream: stream)
        let isSimhash = scheme.function == .simhash
        let rows = [weights, useBias ? bias : nil, isSimhash ? mean : nil, variance, pattern].compactMap { $0 }
        take(try graph.add(operation, rows + [factors, thresholds, scale, slots, counts, codes, dirt].compactMap { $0 }, layer: layer, slot: .overhead))
    }

    /// Adds the operation that moves the units which an update has touched, behind it: `weights` and `bias` are the new ones, `touched` the
    /// update's index set.
    public mutating func rehash(
        _ weights: ValueID, _ bias: ValueID?, touched: ValueID, budget: Int, in graph: inout Graph
    ) throws(TypeError) {
        let operation = RehashTouched(scheme, useBias: useBias, budget: budget, stream: stream)
        let isSimhash = scheme.function == .simhash
        let rows = [weights, useBias ? bias : nil, isSimhash ? mean : nil, pattern, factors, thresholds, scale, touched].compactMap { $0 }
        take(try graph.add(operation, rows + [slots, counts, codes, dirt].compactMap { $0 }, layer: layer, slot: .overhead))
    }

    /// Adds the operations that say which units take part: exactly `k` for each example, or for the batch.
    public func query(
        _ x: Query, k: Int, per: TensorType.Granularity, select: HashSelection, always: Int = 0, popular: ValueID? = nil, labels: ValueID? = nil,
        in graph: inout Graph
    ) throws(TypeError) -> ValueID {
        let centring = scheme.function == .simhash ? thresholds : mean
        let keys = try graph.add(
            HashKeys(scheme, isSparse: x.isSparse), x.values + [pattern, factors, centring].compactMap { $0 }, layer: layer, slot: .overhead)
        let query = QueryTables(
            scheme, k: k, per: per, select: select, hasLabels: labels != nil, hasPopular: popular != nil, always: always, stream: stream)
        return try graph.add(query, keys + [slots, counts, labels, popular].compactMap { $0 }, layer: layer, slot: .overhead)[0]
    }

    /// The outputs of an operation that wrote the state: all of it, or the tables alone.
    private mutating func take(_ outputs: [ValueID]) {
        if outputs.count > 4 { factors = outputs[0] }
        if outputs.count > 5 { (thresholds, scale) = (outputs[1], outputs[2]) }
        let tables = outputs.suffix(4)
        (slots, counts) = (tables[tables.startIndex], tables[tables.startIndex + 1])
        (codes, dirt) = (tables[tables.startIndex + 2], tables[tables.startIndex + 3])
    }
}
