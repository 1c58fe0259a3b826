import Diagnostics
import Kernels

extension Dataset {
    /// About how many directions the training examples vary in: (λ₁ + … + λₙ)² / (λ₁² + … + λₙ²) of the eigenvalues of their covariance, also called the participation ratio.
    ///
    /// Estimated from a few hundred examples, the first that there are. Nil where these cannot be had without reading all of them, or cannot be read, and for sparse examples.
    public static func directions(_ request: DataRequest) -> Double? {
        if case .sparse = request.source { return nil }
        if case .known(let name) = request.source, let known = (try? KnownDataset.named(name))?.directions { return known }
        guard let reader = (try? DataSources(request))?.train.first(sampleSize), reader.layout.count > 2, reader.layout.rowLength <= longestSampled,
            let store = try? ExampleStore(reader.layout, for: request.location)
        else { return nil }
        var problems: [Diagnostic] = []
        reader.read(into: store, &problems)
        guard problems.isEmpty else { return nil }
        let statistics = Statistics(store, rows: nil)
        let terms = NormalizationTerms(request.normalization, store.layout, statistics)
        let count = store.layout.count, length = store.layout.rowLength, channels = max(store.layout.normalizedLength, 1)
        guard let memory = Arena(byteCount: 4 * count * length) else { return nil }
        let rows: Floats = memory.strip(offset: 0, count: count * length)
        for index in 0..<rows.count {
            let number: Float = switch store.features {
            case .bytes(let bytes): Float(bytes[index])
            case .floats(let floats): floats[index]
            }
            rows[index] = number * (terms.map { $0.scale[$0.scale.count == channels ? index % channels : 0] } ?? 1)
        }
        return participationRatio(rows, count: count)
    }

    private static var sampleSize: Int { 256 }
    /// Products of longer examples would take a second and more.
    private static var longestSampled: Int { 100_000 }
}
