import Diagnostics
import Export
import Foundation
import Lowering
import Model
import Runtime

public enum ExportFormat: String, Sendable, CaseIterable { case safetensors, onnx }

/// What `nnc export` is asked to do.
public struct ExportOptions: Sendable {
    /// The run directory.
    public var run: String
    public var format: ExportFormat
    /// Nil for `export/<name>.<format>` in the run directory.
    public var output: String?
    public var checkpoint: String
    /// Whether a file that is there is written over.
    public var force: Bool

    public init(run: String, format: ExportFormat, output: String? = nil, checkpoint: String = "final", force: Bool = false) {
        self.run = run
        self.format = format
        self.output = output
        self.checkpoint = checkpoint
        self.force = force
    }
}

/// What was written, and what goes with it.
public struct ExportOutcome: Sendable {
    public var path: String
    /// For standard error.
    public var notes: [String]
    /// For standard output: with safetensors, the network as a PyTorch module.
    public var text: String
}

/// Writes a trained network in a format that others read.
public func exportRun(_ options: ExportOptions, console: Console = Console()) throws -> ExportOutcome {
    let directory = RunDirectory(path: options.run)
    let record = try directory.readRecord()
    var checked = checkModel(directory.resolvedPath, threads: 1, freeMemory: .max)
    // The data are looked at for their shape alone, which the run has written down: elsewhere they need not be there.
    if checked.prepared == nil, checked.model?.input.shape == nil, let shape = record.data.shape {
        let again = checkModel(directory.resolvedPath, overrides: ["model.input.shape=\(shape)"], threads: 1, freeMemory: .max)
        if again.prepared != nil { checked = again }
    }
    let prepared = try checked.required(on: console)
    let network = try prepared.exportedNetwork("\(directory.checkpointsPath)/\(options.checkpoint).safetensors")
    let path = options.output ?? "\(directory.path)/export/\(directoryName(prepared.model.name)).\(options.format.rawValue)"
    try prepareOutput(path, options)

    var outcome = ExportOutcome(path: path, notes: network.notes(prepared.model, record.data), text: "")
    let metadata = network.metadata(prepared.model, record.data)
    do throws(FileError) {
        switch options.format {
        case .safetensors:
            try network.writeSafetensors(to: path, metadata: metadata)
            outcome.text = network.torchModule(file: path)
        case .onnx:
            try network.writeONNX(to: path, metadata: metadata)
        }
    } catch { throw CommandFailure(RunDirectory.failed(error).diagnostics, code: CommandFailure.workCode) }
    return outcome
}

/// What the run's own file says is to be written when it is over.
func exportAsAsked(_ directory: RunDirectory, console: Console) throws {
    for format in checkModel(directory.resolvedPath, threads: 1, freeMemory: .max).model?.output.export ?? [] {
        guard let format = ExportFormat(rawValue: format.rawValue) else { continue }
        let outcome = try exportRun(ExportOptions(run: directory.path, format: format, force: true), console: console)
        console.write("wrote \(outcome.path)\n", to: .messages)
    }
}

/// Makes the directory where none was named, and refuses to write over what is there.
private func prepareOutput(_ path: String, _ options: ExportOptions) throws(DiagnosticError) {
    if options.output == nil, mkdir((path as NSString).deletingLastPathComponent, 0o777) != 0, errno != EEXIST {
        throw RunDirectory.unwritable((path as NSString).deletingLastPathComponent, reason: String(cString: strerror(errno)))
    }
    var isDirectory: ObjCBool = false
    // Large weights of an ONNX file stand in a second one beside it.
    let path = FileManager.default.fileExists(atPath: path) ? path : path + ".data"
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { return }
    guard !isDirectory.boolValue else {
        throw DiagnosticError(Diagnostic(.exportInTheWay, "`\(path)` is a directory", at: .file(path: path), help: ["name a file: `--output model.\(options.format.rawValue)`"]))
    }
    guard !options.force else { return }
    throw DiagnosticError(Diagnostic(
        .exportInTheWay, "`\(path)` is there already", at: .file(path: path), help: ["`--force` writes over it; `--output` names another file"]))
}

extension PreparedModel {
    /// The network of a file of weights, with the units that are left in it and without policies.
    func exportedNetwork(_ weights: String) throws -> ExportedNetwork {
        func misfit(_ message: String, help: [String] = []) -> DiagnosticError { DiagnosticError(Diagnostic(.weightsDoNotFit, message, at: .file(path: weights), help: help)) }
        let file: Safetensors
        do { file = try Safetensors(path: weights) } catch {
            throw misfit("`\(error.path)` \(error.asSentence)", help: ["a run has `final` when it is over; `--checkpoint step-100` names one of before"])
        }
        var plain = UnitCounts(savedIn: weights).applied(to: model)
        plain.train.pretrain = nil
        plain.train.evaluateWith = []
        var ignored: [Diagnostic] = []
        let graph = try lowerGraph(plain, facts: description.facts, purpose: .evaluation, runner: PassRunner(last: "build"), diagnostics: &ignored).0
        do { return try ExportedNetwork(plain, graph: graph, input: description.facts.shape, file: file) } catch {
            throw misfit(error.message)
        }
    }
}

extension ExportedNetwork {
    /// What a user of the file should know of its numbers.
    func notes(_ model: ModelFile, _ data: RunRecord.Data) -> [String] {
        var notes: [String] = []
        if let scale = data.scale, let shift = data.shift, let way = model.data?.value.normalization {
            let how = scale.count == 1 ? "x · \(scale[0]) + \(shift[0])" : "x · scale + shift, which `run.json` has for each of \(scale.count) channels or columns, and the file's metadata"
            notes.append("the network reads numbers as `normalize: \(way.rawValue)` made them of those in the data (\(how)); the file does not do that")
        }
        let chosen = layers.filter { $0.policies.contains { $0.slot == PolicySpec.Slot.forward.rawValue } }.map { "`\($0.name)`" }
        if !chosen.isEmpty { notes.append("\(chosen.joined(separator: ", ")): all units are computed there, where nnc chooses some") }
        if flattensAsStored { notes.append("images are turned back to [height, width, channels] before they are flattened") }
        return notes
    }

    /// What readers of the file can look up.
    func metadata(_ model: ModelFile, _ data: RunRecord.Data) -> [(String, String)] {
        var metadata = [("producer", "nnc \(nncVersion)"), ("model", name), ("step", String(steps))]
        if let scale = data.scale, let shift = data.shift {
            metadata += [("normalize", model.data?.value.normalization.rawValue ?? ""), ("normalize.scale", list(scale)), ("normalize.shift", list(shift))]
        }
        for layer in layers where !layer.policies.isEmpty {
            metadata.append(("policy.\(layer.name)", layer.policies.map { "\($0.slot): \($0.text)" }.joined(separator: ", ")))
        }
        return metadata
    }

    private func list(_ numbers: [Float]) -> String { numbers.map { "\($0)" }.joined(separator: ",") }
}
