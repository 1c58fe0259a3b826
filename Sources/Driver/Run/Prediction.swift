import Datasets
import Diagnostics
import Estimate
import Foundation
import Graph
import Kernels
import Lowering
import Model
import Runtime

public enum PredictionFormat: String, Sendable, CaseIterable {
    case csv, jsonl
    /// All outputs as one matrix of float32, [examples, outputs].
    case npy
}

/// Which units a trained network computes where policies choose some.
public typealias TrainedUnits = EvaluatedNetwork
public typealias PredictedSplit = SplitName

/// What `nnc predict` is asked to do.
public struct PredictionOptions: Sendable {
    /// The run directory.
    public var run: String
    /// A file of examples without answers, in the format of the run's data; nil for a split of these.
    public var input: String?
    /// Labels of each example; nil for five, or as many as there are.
    public var top: Int?
    public var split: PredictedSplit
    /// Nil for standard output.
    public var output: String?
    /// Nil for what the name of the output says, or csv.
    public var format: PredictionFormat?
    /// Nil for the network that the run was evaluated with first.
    public var network: TrainedUnits?
    public var checkpoint: String
    public var threads: Int?

    public init(
        run: String, input: String? = nil, top: Int? = nil, split: PredictedSplit = .test, output: String? = nil, format: PredictionFormat? = nil,
        network: TrainedUnits? = nil, checkpoint: String = "final", threads: Int? = nil
    ) {
        self.run = run
        self.input = input
        self.top = top
        self.split = split
        self.output = output
        self.format = format
        self.network = network
        self.checkpoint = checkpoint
        self.threads = threads
    }
}

/// Says of each example which labels a trained network finds likeliest, a line for each.
public func predict(_ options: PredictionOptions, console: Console = Console()) throws {
    let directory = RunDirectory(path: options.run), record = try directory.readRecord()
    // The resolved file stands on its own, whatever became of base files and of the place where the file stood.
    let prepared = try checkModel(directory.resolvedPath, threads: options.threads ?? record.threads, freeMemory: .max).required(on: console)
    let format = options.format ?? PredictionFormat.allCases.first { options.output?.hasSuffix(".\($0.rawValue)") == true } ?? .csv
    let predictor = try Predictor(options, prepared, directory, format, console: console)
    guard let path = options.output else {
        try predictor.run(format) { console.write(String(decoding: $0, as: UTF8.self), to: .results) }
        return
    }
    do {
        var file = try OutputFile(path)
        if format == .npy { try predictor.writeMatrix(to: &file) } else { try predictor.run(format) { bytes in try file.write(bytes) } }
        try file.finish()
    } catch let error as FileError { throw RunDirectory.failed(error) }
}

/// A trained network and the examples that it is to say something of.
struct Predictor {
    let interpreter: Interpreter
    let examples: UnansweredExamples
    let truth: Truth
    /// Outputs of the network.
    let outputs: Int
    /// Labels of each example; 0 where all outputs are written as they are.
    let top: Int
    /// What the first class is called in the files.
    let labelBase: Int

    init(_ options: PredictionOptions, _ prepared: PreparedModel, _ directory: RunDirectory, _ format: PredictionFormat, console: Console) throws {
        let model = prepared.model
        truth = Truth(model.train.loss.value)
        outputs = prepared.description.facts.targetCount
        labelBase = truth == .classNumbers ? model.data?.value.labelBase ?? 0 : 0
        // One output tells two labels apart. A matrix has a column for each output, however many of them an evaluation keeps.
        top = truth == .values ? 0 : format == .npy ? outputs : options.top ?? min(5, max(outputs, 2))
        if let asked = options.top, truth == .values || asked > max(outputs, 2) { throw Self.tooMany(asked, outputs, model, options) }

        let examples = try Self.examples(options, prepared, console: console)
        interpreter = try prepared.trainedNetwork(
            "\(directory.checkpointsPath)/\(options.checkpoint).safetensors", wanted: options.network, best: format == .npy ? LoweringOptions.allUnits : max(LoweringOptions.bestUnits, top),
            longestInput: examples.longestRow ?? 0
        ).interpreter
        self.examples = UnansweredExamples(split: examples)
        if let kept = interpreter.bestCount, let asked = options.top, kept < asked { throw Self.tooMany(asked, kept, model, options) }
    }

    private static func tooMany(_ asked: Int, _ count: Int, _ model: ModelFile, _ options: PredictionOptions) -> DiagnosticError {
        let isNumbers = model.train.loss.value == .mse
        return DiagnosticError(Diagnostic(
            .moreLabelsThanOutputs,
            isNumbers ? "the network's outputs are numbers, so there are no labels to take the best \(asked) of"
                : "of each example \(asked) labels are asked for, and the network tells \(count) apart", at: model.layers.last?.location ?? .nowhere,
            help: [isNumbers ? "leave `--top` out: all outputs are written" : count < (model.layers.last?.kind.units ?? 0) ? "a policy computes no more outputs than that: `--with dense` computes all" : "`--top \(count)` is all of them"]))
    }

    private static func examples(_ options: PredictionOptions, _ prepared: PreparedModel, console: Console) throws -> Split {
        guard let input = options.input else {
            let data = try loadData(prepared, console: console)
            let split: Split? =
                switch options.split {
                case .train: data.train
                case .validation: data.validation
                case .test: data.test
                }
            if let split { return split }
            throw DiagnosticError(Diagnostic(
                .noSuchSplit, "the data of this run have no \(options.split.rawValue) split", at: prepared.model.data?.location ?? .nowhere,
                help: ["`--split train` is always there; or name a file of examples"]))
        }
        guard let data = prepared.model.data else { throw DiagnosticError(Diagnostic(.noData, "the format of the examples is not known", at: .nowhere)) }
        // Mean and deviation are those of the examples that the network has learnt from.
        let request = DataRequest(prepared.model, data)
        let trained = Dataset.inputNeedsTraining(input, request) ? try loadData(prepared, console: console).dataset : nil
        return try Dataset.openInput(input, request, shape: prepared.description.facts.shape, trained: trained)
    }

    /// Runs the network batch by batch: hands out the first example of each, and [examples, …] outputs, or the best of them with their units.
    func forEachBatch(_ body: (_ start: Int, _ count: Int, _ output: Floats, _ best: Ints?) throws -> Void) throws {
        let batch = interpreter.schedule.phases[interpreter.phase].evaluate.batch
        guard let memory = Arena(byteCount: Count.product(batch, 4)) else { throw OutOfMemory(bytes: Count.product(batch, 4)) }
        let indices: Ints = memory.strip(offset: 0, count: batch)
        for start in stride(from: 0, to: examples.count, by: batch) {
            let part = indices.prefix(min(batch, examples.count - start))
            for index in 0..<part.count { part[index] = Int32(truncatingIfNeeded: start + index) }
            interpreter.evaluateStep(source: examples, indices: part)
            try body(start, part.count, interpreter.evaluationOutput(part.count), interpreter.evaluationBest(part.count))
        }
    }

    /// Hands out the text piece by piece.
    func run(_ format: PredictionFormat, _ write: ([UInt8]) throws -> Void) throws {
        let kept = min(top, interpreter.bestCount ?? top)
        var text = format == .csv ? header(kept) : ""
        try forEachBatch { start, count, output, best in
            let width = output.count / count
            for row in 0..<count {
                let scores = output[row * width..<(row + 1) * width]
                let labels = best.map { best in (0..<kept).map { (Int(best[row * width + $0]), scores[$0]) } } ?? ranked(scores, kept)
                text += line(start + row, labels, scores, format)
            }
            if text.utf8.count > 1 << 16 {
                try write(Array(text.utf8))
                text = ""
            }
        }
        try write(Array(text.utf8))
    }

    /// The largest scores, the first of equal ones; a NaN stands behind everything.
    private func ranked(_ scores: Floats, _ count: Int) -> [(Int, Float)] {
        if scores.count == 1, truth != .values {
            let both = [(1, scores[0]), (0, 1 - scores[0])]
            return Array((scores[0] > 0.5 ? both : both.reversed()).prefix(count))
        }
        var best: [(Int, Float)] = []
        for index in 0..<scores.count where count > 0 {
            let score = scores[index].isNaN ? -Float.infinity : scores[index]
            if best.count == count, let last = best.last, score <= last.1 { continue }
            let place = best.firstIndex { $0.1 < score } ?? best.count
            best.insert((index, score), at: place)
            if best.count > count { best.removeLast() }
        }
        return best
    }

    private func header(_ labels: Int) -> String {
        let columns = top == 0 ? (0..<outputs).map { "output_\($0)" } : (1...max(labels, 1)).flatMap { ["label_\($0)", "score_\($0)"] }
        return (["example"] + columns).joined(separator: ",") + "\n"
    }

    private func line(_ example: Int, _ labels: [(Int, Float)], _ scores: Floats, _ format: PredictionFormat) -> String {
        func number(_ value: Float) -> String { value.isFinite ? "\(value)" : format == .csv ? "nan" : "null" }
        let all = (0..<scores.count).map { number(scores[$0]) }, names = labels.map { "\($0.0 + labelBase)" }, own = labels.map { number($0.1) }
        switch format {
        case .csv:
            let cells = top == 0 ? all : zip(names, own).flatMap { [$0, $1] }
            return "\(example)," + cells.joined(separator: ",") + "\n"
        case .jsonl, .npy:
            let fields = top == 0 ? "\"outputs\":[\(all.joined(separator: ","))]" : "\"labels\":[\(names.joined(separator: ","))],\"scores\":[\(own.joined(separator: ","))]"
            return "{\"example\":\(example),\(fields)}\n"
        }
    }
}

/// Examples whose answers nobody knows, or is to see: a plan that measures losses gets some that are allowed.
struct UnansweredExamples: ExampleSource {
    let split: Split

    var count: Int { split.count }

    func assemble(_ indices: Ints, into batch: BatchStrips, pool: WorkerPool) {
        split.assemble(indices, features: batch.features, places: batch.places, labels: nil, targets: nil, pool: pool)
        batch.targets?.fill(0)
        guard let labels = batch.labels, indices.count > 0 else { return }
        labels.fill(-1)
        for row in stride(from: 0, to: labels.count, by: labels.count / indices.count) { labels[row] = 0 }
    }
}

extension Interpreter {
    /// How many of the best outputs an evaluation keeps; nil where it keeps all.
    fileprivate var bestCount: Int? {
        let graph = schedule.phases[phase].evaluate.graph
        return graph.result("best").map { graph[$0].type.count }
    }
}
