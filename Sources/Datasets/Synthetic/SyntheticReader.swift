import Diagnostics
import Kernels

/// One split of made examples. Example i of a split depends on the seed, the split and i alone, so that another
/// number of examples changes none of them. Classes alternate: example i is of class i mod classes.
struct SyntheticReader: SplitReader {
    /// Keeps the streams of training and test examples apart.
    enum Part: UInt64 { case train, test }

    let request: SyntheticRequest
    let part: Part
    let seed: UInt64
    private(set) var layout: Layout

    var files: [DataPath] { [] }

    init(_ request: SyntheticRequest, _ part: Part, _ wanted: DataRequest) throws(DiagnosticError) {
        self.request = request
        self.part = part
        seed = wanted.seed
        let count = part == .train ? request.trainExamples : request.testExamples
        func refuse(_ message: String) -> DiagnosticError {
            DiagnosticError(Diagnostic(.badSyntheticData, message, at: wanted.location))
        }
        guard count > 0, count <= Int(Int32.max) else { throw refuse("the number of examples must be at least 1 and below 2^31; it is \(count)") }
        if request.generator.fixedClasses == nil {
            if request.classes < 2 || request.classes > 1_000_000 { throw refuse("`\(request.generator.rawValue)` needs at least two classes, and at most a million; they are \(request.classes)") }
            if request.features < 1 || request.features > 1 << 24 { throw refuse("an example needs at least one feature, and at most 2^24; they are \(request.features)") }
            if !request.noise.isFinite || request.noise < 0 || request.noise > 1e6 { throw refuse("the noise must be a standard deviation from 0 to 10^6; it is \(request.noise)") }
            if request.generator == .spirals, request.features != 2 { throw refuse("spirals lie in the plane: they have 2 features, not \(request.features)") }
        }
        layout = Layout(
            count: count, shape: request.generator.shape(features: request.features), features: request.generator.isImage ? .bytes : .floats,
            target: wanted.target == .values(width: 1) ? .values(1) : .classes)
    }

    func first(_ count: Int) -> (any SplitReader)? {
        var reader = self
        reader.layout.count = min(count, layout.count)
        return reader
    }

    var classes: Int { request.generator.fixedClasses ?? request.classes }

    func read(into store: ExampleStore, _ problems: inout [Diagnostic]) {
        for index in 0..<layout.count {
            switch store.target {
            case .classes(let labels): labels[index] = Int32(index % classes)
            case .values(let values, _): values[index] = Float(index % classes)
            }
        }
        switch store.features {
        case .bytes(let bytes):
            for index in 0..<layout.count {
                var dice = dice(index)
                let image = bytes.row(index, length: Bitmap.side * Bitmap.side)
                switch request.generator {
                case .convex: convexOrNot(isConvex: index % 2 == 1, &dice).write(to: image)
                default: rectangle(isTall: index % 2 == 1, &dice).write(to: image)
                }
            }
        case .floats(let floats):
            let blobs = request.generator == .blobs ? BlobCentres(request, seed: seed) : nil
            let length = layout.rowLength
            for index in 0..<layout.count {
                var dice = dice(index)
                let row = floats.row(index, length: length)
                switch request.generator {
                case .higgsLike: HiggsLike.write(isSignal: index % 2 == 1, to: row, &dice)
                case .spirals: writeSpiral(class: index % classes, of: classes, noise: request.noise, to: row, &dice)
                default: blobs?.write(class: index % classes, to: row, &dice)
                }
            }
        }
    }

    private func dice(_ example: Int) -> Dice {
        Dice(RandomStream(seed: seed, purpose: .synthetic, index: UInt64(example), iteration: part.rawValue))
    }

    func place(ofLabel example: Int) -> Location { .nowhere }
}
