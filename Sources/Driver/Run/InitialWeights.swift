import Datasets
import Diagnostics
import Estimate
import Export
import Foundation
import Graph
import Lowering
import Model
import Runtime

/// The weights that a run begins with instead of random ones: those of another run or of a file, matched by name. A file may have nnc's names and
/// layout (`h1.kernel`) or PyTorch's, as `nnc export` writes them (`h1.weight`).
///
/// Of a file only what the network without policies consists of is taken: a policy's tables and masks are made anew from the weights.
struct InitialWeights: Sendable {
    /// As the model file names it, and where.
    let source: Located<String>
    let file: Safetensors
    /// In the order of the network.
    let loaded: [String]
    /// Weights of the network that the file does not have.
    let random: [String]
    /// Numbers of the file that the network has no place for.
    let unused: [String]
    private let torch: TorchWeights

    /// Opens the file and looks at its header. Nil where the model file names none.
    init?(_ prepared: PreparedModel) throws(DiagnosticError) {
        guard let source = prepared.model.weights else { return nil }
        self.source = source
        let file = try Self.open(source), torch = try prepared.torchWeights()
        (self.file, self.torch) = (file, torch)
        let model = prepared.model, values = prepared.denseSchedule.networkValues
        var problems: [Diagnostic] = [], loaded: [String] = [], random: [String] = []
        var missing: [Int: [String]] = [:], differing: [Int: [String]] = [:]
        for value in values {
            guard let layer = value.layer else { continue }
            guard let (tensor, foreign) = Self.tensor(value.name, file, torch) else {
                random.append(value.name)
                if !model.layers[layer].trainable { missing[layer, default: []].append(value.name) }
                continue
            }
            loaded.append(value.name)
            let expected = foreign?.shape ?? value.type.shape
            guard tensor.shape != expected || tensor.dtype != "F32" else { continue }
            differing[layer, default: []].append("`\(tensor.name)` is \(expected) in this network, and \(tensor.dtype == "F32" ? "" : tensor.dtype + " ")\(tensor.shape) there")
        }
        let place = RelatedPlace(source.location, "the weights are named here")
        for (index, texts) in differing.sorted(by: { $0.key < $1.key }) {
            problems.append(Diagnostic(
                .initialWeightsShapeDiffers, "`\(model.layers[index].name.value)` has another size in `\(file.path)`: \(texts.joined(separator: "; "))",
                at: model.layers[index].type.location, related: [place],
                help: ["give the layer the size that it has there, or another name, so that it begins at random"]))
        }
        for (index, names) in missing.sorted(by: { $0.key < $1.key }) {
            let layer = model.layers[index]
            problems.append(Diagnostic(
                .frozenLayerWithoutWeights, "`\(layer.name.value)` is not trained, and `\(file.path)` does not have its \(Self.list(names))",
                at: layer.type.location, related: [place],
                help: ["the file has \(Self.list(file.tensors.map(\.name).sorted()))", "names are `layer.kernel`, or `layer.weight` in PyTorch's layout: call the layer as it is called there, or train it"]))
        }
        if loaded.isEmpty, problems.isEmpty {
            problems.append(Diagnostic(
                .initialWeightsFitNothing, "none of the \(file.tensors.count) weights in `\(file.path)` is one of this network's", at: source.location,
                help: ["the file has \(Self.list(file.tensors.map(\.name).sorted()))", "the network has \(Self.list(random))"]))
        }
        guard problems.isEmpty else { throw DiagnosticError(problems) }
        self.loaded = loaded
        self.random = random
        let known = Set(values.flatMap { [$0.name, torch.weights[$0.name]?.name ?? $0.name] }).union(torch.counters)
        unused = file.tensors.map(\.name).filter { !known.contains($0) }.sorted()
    }

    /// Of the file, what a weight of the network begins with, and how it lies there if that is not as here.
    private static func tensor(_ name: String, _ file: Safetensors, _ torch: TorchWeights) -> (Safetensors.Tensor, TorchWeights.Weight?)? {
        if let own = file[name] { return (own, nil) }
        guard let weight = torch.weights[name], let tensor = file[weight.name] else { return nil }
        return (tensor, weight)
    }

    /// Of a run directory, what it ended with.
    private static func open(_ source: Located<String>) throws(DiagnosticError) -> Safetensors {
        var isDirectory: ObjCBool = false
        let isRun = FileManager.default.fileExists(atPath: source.value, isDirectory: &isDirectory) && isDirectory.boolValue
        let path = isRun ? RunDirectory(path: source.value).finalWeightsPath : source.value
        do { return try Safetensors(path: path) } catch {
            throw DiagnosticError(Diagnostic(
                .initialWeightsUnreadable, "`\(error.path)` \(error.asSentence)", at: source.location,
                help: [isRun ? "a run has them when it is over; a checkpoint of it can be named before: `\(source.value)/checkpoints/step-100.safetensors`" : "name a run directory, or a safetensors file"]))
        }
    }

    /// Writes them over the numbers that the network began with.
    func load(into interpreter: Interpreter) throws(DiagnosticError) {
        let wanted = Set(loaded)
        do throws(FileError) {
            for value in interpreter.persistentValues where wanted.contains(value.name) {
                guard let (tensor, foreign) = Self.tensor(value.name, file, torch) else { continue }
                if let foreign {
                    for (place, number) in try foreign.numbers(tensor, file).enumerated() { value.numbers[place] = number }
                } else {
                    try file.read(tensor, into: value.numbers)
                }
            }
        } catch {
            throw DiagnosticError(Diagnostic(.initialWeightsUnreadable, "`\(error.path)` \(error.asSentence)", at: source.location))
        }
    }

    func record() throws(DiagnosticError) -> RunRecord.Weights {
        RunRecord.Weights(
            path: absolutePath(source.value), file: absolutePath(file.path), sha256: try DataFileRecord(of: file.path, at: source.location).sha256, loaded: loaded, random: random, unused: unused)
    }

    /// A handful of names.
    fileprivate static func list(_ names: [String]) -> String {
        names.isEmpty ? "nothing" : names.prefix(8).map { "`\($0)`" }.joined(separator: ", ") + (names.count > 8 ? " and \(names.count - 8) more" : "")
    }
}

extension RunRecord.Weights {
    var text: String {
        var parts = ["Began with \(InitialWeights.list(loaded)) from \(file)"]
        if !random.isEmpty { parts.append("at random: \(InitialWeights.list(random))") }
        if !unused.isEmpty { parts.append("not used of the file: \(InitialWeights.list(unused))") }
        return parts.joined(separator: "; ") + "."
    }
}

extension PreparedModel {
    fileprivate func torchWeights() throws(DiagnosticError) -> TorchWeights {
        var plain = model, ignored: [Diagnostic] = []
        plain.train.pretrain = nil
        plain.train.evaluateWith = []
        do {
            let graph = try lowerGraph(plain, facts: description.facts, purpose: .evaluation, runner: PassRunner(last: "build"), diagnostics: &ignored).0
            return TorchWeights(plain, graph: graph, input: description.facts.shape)
        } catch { throw DiagnosticError(CommandFailure(error).diagnostics) }
    }
}

extension FileError {
    /// The reason, to go on with behind the file's name.
    var asSentence: String { reason.first?.isLowercase == true ? reason : "cannot be read: \(reason)" }
}

extension Schedule {
    /// What evaluation reads that lasts: of a network without policies, its weights and moving averages.
    var networkValues: [Value] {
        ((front.map { [$0] } ?? []) + [phases[0].evaluate]).flatMap { plan in
            let graph = plan.graph, readers = graph.readerCounts()
            return graph.values.indices.filter { graph.values[$0].role.isPersistent && readers[$0] > 0 }.map { graph.values[$0] }
        }
    }
}
