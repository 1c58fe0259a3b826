import Foundation
import Model
import Runtime

/// `metrics.csv`: a line each time something was measured, with the columns that the model file has promised; a cell is empty where nothing was
/// measured or it was no finite number.
struct MetricsTable: MetricsSink {
    private let path: String
    private let columns: [String]

    /// Before the measures.
    private static let fixed = ["pretraining", "epoch", "step"]

    /// Begins the file, or goes on with one of the same columns.
    ///
    /// - Parameter bytes: what of it was written when the run was where it goes on; nil for a run that begins.
    init(_ path: String, columns: [String], keeping bytes: Int? = nil) throws(FileError) {
        self.path = path
        self.columns = columns
        let header = (Self.fixed + columns.map { $0.replacing("/", with: "_") }).joined(separator: ",") + "\n"
        if let bytes, let text = try? InputFile.contents(path, most: .max), text.count >= bytes, text.prefix(bytes).starts(with: Array(header.utf8)) {
            if text.count > bytes { try OutputFile.write(String(decoding: text.prefix(bytes), as: UTF8.self), to: path) }
        } else {
            try OutputFile.write(header, to: path)
        }
    }

    /// How much has been written; nil where there is no such file.
    static func bytes(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    func write(_ sample: MetricsSample) throws(FileError) {
        let values = Dictionary(sample.values.map { ($0.name, $0.value) }) { $1 }
        let cells = columns.map { name in values[name].map(Self.cell) ?? "" }
        try OutputFile.append(([sample.pretraining ?? "", "\(sample.epoch)", "\(sample.step)"] + cells).joined(separator: ",") + "\n", to: path)
    }

    /// Counts are written as such.
    private static func cell(_ value: Double) -> String {
        value.isFinite ? Int(exactly: value).map(String.init) ?? "\(value)" : ""
    }

    /// All that a run of this file may measure, whether it does or not.
    static func columns(_ model: ModelFile) -> [String] {
        var columns = ["seconds", "examples_per_second", "learning_rate"]
        if model.train.pretrain != nil { columns.append("reconstruction_error") }
        let measures = ["loss"] + model.train.metrics.map(\.rawValue).filter { $0 != "loss" }
        let networks = [""] + (model.train.evaluateWith.count > 1 ? ["\(model.train.evaluateWith[1].rawValue)_"] : [])
        for split in [SplitName.train, .validation, .test] {
            for network in split == .train ? [""] : networks { columns += measures.map { "\(split.rawValue)/\(network)\($0)" } }
        }
        let choosing = model.layers.filter { $0.policies.contains { $0.slot == .forward } }.map(\.name.value)
        for kind in ["active", "never_selected", "recall"] { columns += choosing.map { "\(kind)/\($0)" } }
        if model.layers.contains(where: { $0.policies.contains { $0.slot == .neurons } }) {
            columns += model.layers.filter { $0.kind.units != nil }.map { "units/\($0.name.value)" }
        }
        return columns
    }
}
