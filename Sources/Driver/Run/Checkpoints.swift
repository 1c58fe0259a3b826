import Diagnostics
import Foundation
import Model
import Runtime

/// The checkpoint that a run goes on from: read, and its files found whole.
struct OpenedCheckpoint {
    let name: CheckpointName
    let content: Checkpoint
    let directory: RunDirectory
    private let weights: Safetensors
    private let state: Safetensors

    /// The newest one that is whole. Nil where there is none at all.
    ///
    /// - Parameter diagnostics: gets a warning for each newer one that is damaged.
    static func newest(in directory: RunDirectory, diagnostics: inout [Diagnostic]) throws(DiagnosticError) -> OpenedCheckpoint? {
        let names = directory.checkpointNames
        var damaged: [String] = []
        for name in names.reversed() {
            do throws(StateMisfit) {
                let found = try OpenedCheckpoint(name, in: directory)
                for text in damaged { diagnostics.append(.checkpointPassedOver(text, insteadOf: found.name.text, at: directory.checkpointsPath)) }
                return found
            } catch { damaged.append("`\(name.text)` cannot be gone on from: \(error.reason)") }
        }
        guard let first = damaged.first else { return nil }
        throw DiagnosticError(.checkpointDamaged(first, in: directory))
    }

    private init(_ name: CheckpointName, in directory: RunDirectory) throws(StateMisfit) {
        guard let bytes = try? InputFile.contents(directory.checkpointPath(name.text), most: CheckpointText.largest) else { throw StateMisfit("its JSON cannot be read") }
        guard let content = try? CheckpointText.decode(Data(bytes)) else { throw StateMisfit("its JSON is damaged, or of another version") }
        guard content.metricsBytes >= 0, content.metricsTableBytes ?? 0 >= 0 else { throw StateMisfit("its JSON says of the metrics what cannot be") }
        guard content.version == Checkpoint.currentVersion, content.name == name.text else { throw StateMisfit("its JSON is of another version, or another checkpoint's") }
        weights = try Self.open(directory.weightsPath(name.text), content.weights)
        state = try Self.open(directory.statePath(name.text), content.state)
        self.name = name
        self.content = content
        self.directory = directory
    }

    private static func open(_ path: String, _ known: Checkpoint.File) throws(StateMisfit) -> Safetensors {
        let name = (path as NSString).lastPathComponent
        guard let found = try? Checkpoint.File(path) else { throw StateMisfit("`\(name)` cannot be read") }
        guard found == known else { throw StateMisfit("`\(name)` is not the file that was saved") }
        do { return try Safetensors(path: path) } catch { throw StateMisfit("`\(name)` \(error.asSentence)") }
    }

    // MARK: going on

    /// The numbers of the layers that never change: their output for all examples is made anew.
    func loadFront(_ interpreter: Interpreter) throws(DiagnosticError) {
        try whole { try interpreter.loadFront([weights, state]) }
    }

    /// Plans, numbers and counts as they were.
    func restore(_ interpreter: Interpreter, _ course: (some ResumableUnits)?) throws(DiagnosticError) {
        try whole {
            if !content.interpreter.isPretraining {
                interpreter.endPretraining()
                course?.endPretraining()
            }
            guard (content.units == nil) == (course == nil) else { throw StateMisfit("it has other policies") }
            if let units = content.units { try course?.restore(units, interpreter, tensor: bits) }
            try interpreter.load([weights, state])
            try interpreter.goOn(content.interpreter)
        }
    }

    /// The place in the run.
    func restore<Source>(_ trainer: Trainer<Source>) throws(DiagnosticError) {
        try whole { try trainer.resume(content.training, tensor: bits) }
    }

    private func bits(_ name: String) throws -> [UInt32]? { try state[name].map { try state.bits($0) } }

    /// Whatever does not fit was not written by this run.
    private func whole(_ body: () throws -> Void) throws(DiagnosticError) {
        do { try body() } catch {
            let reason =
                switch error {
                case let misfit as StateMisfit: misfit.reason
                case let file as FileError: "`\(file.path)` \(file.asSentence)"
                default: CommandFailure(error).diagnostics.first?.message ?? String(describing: error)
                }
            throw DiagnosticError(.checkpointDamaged("`\(name.text)` does not fit the run: \(reason)", in: directory))
        }
    }
}

/// What takes units away as a network trains, and can go on where another process has left off.
protocol ResumableUnits: AnyObject {
    var state: UnitState { get }
    var tensors: [NamedTensor] { get }
    func restore(_ state: UnitState, _ interpreter: Interpreter, tensor: (String) throws -> [UInt32]?) throws
    func endPretraining()
}

extension UnitCourse: ResumableUnits {
    var tensors: [NamedTensor] { network.tensorsAside }
}

extension Diagnostic {
    fileprivate static func checkpointDamaged(_ message: String, in directory: RunDirectory) -> Diagnostic {
        Diagnostic(
            .checkpointDamaged, message, at: .file(path: directory.checkpointsPath),
            help: ["`nnc train \(directory.resolvedPath)` begins anew, in a run of its own"])
    }

    fileprivate static func checkpointPassedOver(_ message: String, insteadOf name: String, at path: String) -> Diagnostic {
        Diagnostic(.checkpointPassedOver, message, at: .file(path: path), help: ["the run goes on from `\(name)`"])
    }
}
