import Diagnostics
import Kernels

/// One split of idx or npy files: features in one array or in several that follow each other, labels in another.
struct TensorReader: SplitReader {
    private(set) var features: [TensorFile]
    /// Nil where no answers are wanted.
    private(set) var labels: TensorFile?
    private(set) var layout: Layout

    var files: [DataPath] { features.map(\.file) + (labels.map { [$0.file] } ?? []) }

    /// Looks at headers only. All problems of the files are reported together.
    init(
        _ set: DataRequest.FileSet, target: DataRequest.Target, location: Location,
        open: (Written<String>) throws(DiagnosticError) -> TensorFile
    ) throws(DiagnosticError) {
        var problems: [Diagnostic] = []
        var features: [TensorFile] = []
        var labels: TensorFile?
        for path in set.features {
            do throws(DiagnosticError) { features.append(try open(path)) } catch { problems += error.diagnostics }
        }
        if let path = set.labels {
            do throws(DiagnosticError) { labels = try open(path) } catch { problems += error.diagnostics }
        } else if target != .absent {
            problems.append(.labelsNotNamed(at: set.features.first?.location ?? location))
        }
        guard problems.isEmpty, let first = features.first else { throw DiagnosticError(problems) }
        self.features = features
        self.labels = labels
        layout = try Self.layout(features, first, labels, target)
    }

    private static func layout(
        _ features: [TensorFile], _ first: TensorFile, _ labels: TensorFile?, _ target: DataRequest.Target
    ) throws(DiagnosticError) -> Layout {
        let shape = try exampleShape(first)
        for other in features.dropFirst() where other.shape.dropFirst() != first.shape.dropFirst() {
            throw other.file.problem(
                .splitShapesDiffer,
                "examples of `\(other.file.path)` have shape \(Array(other.shape.dropFirst())), those of `\(first.file.path)` \(Array(first.shape.dropFirst()))")
        }
        let count = features.reduce(0) { $0 + $1.shape[0] }
        if let labels, count != labels.shape[0] {
            throw labels.file.problem(
                .labelCountDiffers, "there are \(count) examples, and \(labels.shape[0]) labels for them",
                help: ["features: \(features.map { "`\($0.file.path)`" }.joined(separator: ", "))", "labels: `\(labels.file.path)`"])
        }
        guard count <= Int(Int32.max) else {
            throw first.file.problem(.badDataShape, "there are \(count) examples; nnc counts up to \(Int32.max)")
        }
        let bytes = features.allSatisfy { $0.type == .uint8 }
        return Layout(
            count: count, shape: shape, features: bytes ? .bytes : .floats, target: try labels.map { labels throws(DiagnosticError) in try targetForm(labels, target) } ?? .values(0))
    }

    private static func exampleShape(_ file: TensorFile) throws(DiagnosticError) -> [Int] {
        switch file.shape.count {
        case 2, 4: return Array(file.shape.dropFirst())
        case 3: return Array(file.shape.dropFirst()) + [1]
        default:
            throw file.file.problem(
                .badDataShape, "features must have the shape [examples, features], [examples, height, width] or [examples, height, width, channels]; `\(file.file.path)` has \(file.shape)",
                help: file.shape.count == 1 ? ["is this the file of the labels?"] : [])
        }
    }

    private static func targetForm(_ labels: TensorFile, _ target: DataRequest.Target) throws(DiagnosticError) -> Layout.Target {
        let width = labels.shape.dropFirst().reduce(1, *)
        switch target {
        case .classes:
            guard width == 1 else {
                throw labels.file.problem(
                    .badDataShape, "class labels must be one number per example; `\(labels.file.path)` has the shape \(labels.shape)",
                    help: labels.shape.count == 2 ? ["rows of numbers are targets of the losses `binary_cross_entropy` and `mse`"] : ["is this the file of the features?"])
            }
            return .classes
        case .values(let wanted):
            guard labels.shape.count <= 2 else {
                throw labels.file.problem(
                    .badDataShape, "targets must have the shape [examples] or [examples, values]; `\(labels.file.path)` has \(labels.shape)",
                    help: ["is this the file of the features?"])
            }
            if labels.shape.count == 2, width > 1 || !labels.type.isInteger { return .values(width) }
            return labels.type.isInteger && wanted != 1 ? .classes : .values(1)
        case .absent: return .values(0)
        }
    }

    func first(_ count: Int) -> (any SplitReader)? {
        var reader = self
        reader.features = features.prefix(1).map { $0.first(count) }
        reader.labels = nil
        reader.layout.count = min(count, features[0].shape[0])
        reader.layout.target = .values(0)
        return reader
    }

    func read(into store: ExampleStore, _ problems: inout [Diagnostic]) {
        var offset = 0
        for tensor in features {
            let numbers = tensor.shape.reduce(1, *)
            report(&problems) { problems throws(DiagnosticError) in
                switch store.features {
                case .bytes(let bytes): try tensor.readBytes(into: bytes[offset..<offset + numbers])
                case .floats(let floats): try Self.readFloats(tensor, into: floats[offset..<offset + numbers], &problems)
                }
            }
            offset += numbers
        }
        guard let labels else { return }
        report(&problems) { problems throws(DiagnosticError) in
            switch store.target {
            case .classes(let numbers): try Self.readClasses(labels, into: numbers)
            case .values(let values, _): try Self.readFloats(labels, into: values, &problems)
            }
        }
    }

    private static func readFloats(_ tensor: TensorFile, into floats: Floats, _ problems: inout [Diagnostic]) throws(DiagnosticError) {
        let size = tensor.type.byteCount, width = tensor.shape.dropFirst().reduce(1, *)
        var bad: (index: Int, value: Double)?
        try tensor.read { bytes, numbers, first throws(DiagnosticError) in
            for index in 0..<numbers {
                let value = tensor.type.number(bytes, at: index * size, bigEndian: tensor.bigEndian)
                let float = Float(value)
                floats[first + index] = float
                if !float.isFinite, bad == nil { bad = (first + index, value) }
            }
        }
        guard let bad else { return }
        let reason = bad.value.isFinite ? "\(bad.value), which is too large for a 32-bit number" : "\(bad.value)"
        throw tensor.file.problem(
            .nonFiniteValue, "example \(bad.index / width) of `\(tensor.file.path)` holds \(reason), as number \(bad.index % width) of its \(width) (both count from 0)",
            help: ["take the example out, or put a number in its place"])
    }

    private static func readClasses(_ labels: TensorFile, into numbers: Ints) throws(DiagnosticError) {
        let size = labels.type.byteCount
        try labels.read { bytes, count, first throws(DiagnosticError) in
            for index in 0..<count {
                let value = labels.type.number(bytes, at: index * size, bigEndian: labels.bigEndian)
                guard let label = Int32(exactly: value) else {
                    throw labels.file.problem(
                        .notAClass, "label \(first + index) of `\(labels.file.path)` is \(value), which is not a class number",
                        help: ["class numbers are whole and below \(Int32.max)"])
                }
                numbers[first + index] = label
            }
        }
    }

    func place(ofLabel example: Int) -> Location { labels.map { .file(path: $0.file.path) } ?? .nowhere }
}
