import Datasets
import Diagnostics
import Foundation
import Model
import Runtime

/// Writes a commented model file to start from. An existing file is never written over.
///
/// - Parameter data: a known data set, or a file of examples, whose form goes into the model file.
public func writeStarter(to path: String, data: String? = nil) throws {
    func refuse(_ message: String, help: [String] = []) -> CommandFailure {
        CommandFailure([Diagnostic(.outputNotWritable, message, at: .file(path: path), help: help)], code: CommandFailure.workCode)
    }
    guard !FileManager.default.fileExists(atPath: path) else {
        throw refuse("`\(path)` is there already", help: ["name another file: `nnc init mine.yaml`"])
    }
    let name = ((path as NSString).lastPathComponent as NSString).deletingPathExtension
    let starter = try data.map { try Starter(name: name, data: $0, besideFile: path) } ?? Starter(name: name)
    do { try OutputFile.write(starter.text, to: path) } catch { throw refuse("cannot write `\(path)`: \(error.reason)") }
}

/// What goes into a starter file.
struct Starter {
    var name: String
    var data = """
          format: synthetic            # made-up examples; or `dataset: fashion_mnist`, or files: idx, npy, csv, cifar10, cifar100, libsvm, xc
          synthetic: { generator: spirals, train: 2000, test: 500, classes: 3, noise: 0.1 }
        """
    /// Nil where it comes from the data.
    var shape: [Int]?
    var classes = 3
    /// Sparse examples are not normalized, and may have several labels.
    var isSparse = false
    var hasClasses = true

    init(name: String) { self.name = name }

    init(name: String, data: String, besideFile path: String) throws {
        self.name = name
        if let known = Self.knownClasses[data] {
            self.data = "  dataset: \(data)"
            classes = known
            shape = data.hasPrefix("cifar") ? [32, 32, 3] : [28, 28, 1]
            return
        }
        let file = (data as NSString).lastPathComponent
        let bare = file.hasSuffix(".gz") ? String(file.dropLast(3)) : file
        if let format = Self.sparseFormat(bare) {
            try describe(data, as: format, besideFile: path)
            return
        }
        let format: DataRequest.Format = bare.hasSuffix(".csv") ? .csv : bare.hasSuffix(".npy") ? .npy : .idx
        var labels: String?
        if format != .csv {
            // The usual names of pairs: train-images-idx3-ubyte and train-labels-idx1-ubyte, x.npy and y.npy.
            let guesses = [("images-idx3", "labels-idx1"), ("images", "labels"), ("features", "labels"), ("x", "y"), ("X", "y")]
            labels = guesses.lazy.map { data.replacing($0.0, with: $0.1) }.first { $0 != data && FileManager.default.fileExists(atPath: $0) }
        }
        let files = DataRequest.FileSet(features: [Written(data)], labels: labels.map { Written($0) })
        let found = try Dataset.open(DataRequest(source: .files(format: format, train: files, test: nil)))
        shape = found.shape
        classes = found.classes ?? 2
        let written = labels.map { ", labels: \(Self.quoted(Self.relative($0, to: path)))" } ?? ""
        self.data = """
              format: \(format.rawValue)
              train: { features: \(Self.quoted(Self.relative(data, to: path)))\(written) }
            """
    }

    /// By the usual endings.
    private static func sparseFormat(_ file: String) -> DataSpec.Format? {
        if [".svm", ".libsvm", ".svmlight"].contains(where: file.hasSuffix) { return .libsvm }
        return file.hasSuffix(".txt") ? .xc : nil
    }

    private mutating func describe(_ data: String, as format: DataSpec.Format, besideFile path: String) throws {
        let source: SparseSource.Format = format == .xc ? .xc : .libsvm(firstFeature: 1, features: nil)
        let found = try Dataset.probe(DataRequest(source: .sparse(.files(format: source, train: Written(data), test: nil))))
        isSparse = true
        hasClasses = found.sparse?.hasOneLabelEach ?? true
        classes = max(2, found.classes ?? 2)
        self.data = """
              format: \(format.rawValue)
              train: { features: \(Self.quoted(Self.relative(data, to: path))) }
            """
    }

    var text: String {
        let flatten = shape?.count ?? 1 > 1 ? "    - { type: flatten }\n" : ""
        let metric = hasClasses ? "accuracy" : "precision_at_1"
        let normalize = isSparse ? "" : "  normalize: zscore              # mean and deviation of the training split; or unit, none\n"
        let input = shape.map { "  input: { shape: \($0) }       # may be left out: the data say it\n" } ?? ""
        return """
            version: 1
            name: \(Self.quoted(name))
            seed: 42                         # the same seed gives the same bits, on any number of threads

            data:
            \(data)
              validation: 10%                # split off the training set by the seed
            \(normalize)
            defaults:
              dense: { activation: relu, kernel_initializer: he_normal }

            model:
            \(input)  layers:                        # each takes the one above, unless `inputs: [a, b]` says otherwise
            \(flatten)    - { name: h1, type: dense, units: 64 }
                - { name: h2, type: dense, units: 64 }
                - { name: out, type: dense, units: \(classes), activation: softmax }

            train:
              epochs: 20
              batch_size: 32
              loss: cross_entropy
              optimizer: { type: adam, learning_rate: 1e-3 }
              metrics: [\(metric)]
              # early_stopping: { monitor: validation.\(metric), patience: 5 }

            """
    }

    private static let knownClasses = ["fashion_mnist": 10, "mnist": 10, "cifar10": 10, "cifar100": 100]

    /// As the model file must name it: relative to itself where both are given relative to the same directory.
    private static func relative(_ data: String, to model: String) -> String {
        (model as NSString).deletingLastPathComponent.isEmpty || data.hasPrefix("/") ? data : absolutePath(data)
    }

    /// A YAML scalar that stays a string.
    private static func quoted(_ text: String) -> String {
        let isPlain = text.first?.isLetter == true && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-/".contains($0)) }
        return isPlain ? text : "'" + text.replacing("'", with: "''") + "'"
    }
}
