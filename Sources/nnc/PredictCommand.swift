import ArgumentParser
import Driver

struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "Says of each example which labels a trained network finds likeliest.",
        discussion: "A line for each example: the labels, the likeliest first, and their scores. Labels are called as in the files of the data.")

    @Argument(help: "The run directory.", completion: .directory)
    var directory: String

    @Argument(help: "A file of examples without labels, in the format of the run's data, or .npy or .csv; without one, a split of these.", completion: .file())
    var input: String?

    @Option(help: ArgumentHelp("Labels of each example; by default five, or as many as there are.", valueName: "count"))
    var top: Int?

    @Option(help: "train, validation or test; test by default.")
    var split: PredictedSplit?

    @Option(help: "The file to write; standard output by default.", completion: .file())
    var output: String?

    @Option(help: "csv, jsonl or npy; by default what the name of the output ends in, or csv. npy has all outputs of each example, as float32.")
    var format: PredictionFormat?

    @Option(name: .customLong("with"), help: "Where policies choose units: policy for these, dense for all; by default the network that the run was evaluated with.")
    var network: TrainedUnits?

    @Option(help: "The checkpoint below checkpoints/ to take.")
    var checkpoint: String = "final"

    @Option(help: "Threads; by default one for each processor.")
    var threads: Int?

    func validate() throws {
        if let threads, threads < 1 || threads > 1024 { throw ValidationError("--threads is from 1 to 1024") }
        if let top, top < 1 { throw ValidationError("--top takes at least 1 label") }
        let isMatrix = format == .npy || format == nil && output?.hasSuffix(".npy") == true
        if isMatrix, output == nil { throw ValidationError("npy is no text: `--output` names a file for it") }
        if isMatrix, top != nil { throw ValidationError("npy holds all outputs of each example: `--top` is for csv and jsonl") }
        if input != nil, split != nil { throw ValidationError("--split is for the run's own data, and a file of examples is named") }
    }

    func run() throws {
        try reporting {
            try predict(PredictionOptions(
                run: directory, input: input, top: top, split: split ?? .test, output: output, format: format, network: network, checkpoint: checkpoint,
                threads: threads))
        }
    }
}

extension PredictedSplit: ExpressibleByArgument {}
extension PredictionFormat: ExpressibleByArgument {}
extension TrainedUnits: ExpressibleByArgument {}
