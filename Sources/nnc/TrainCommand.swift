import ArgumentParser
import Driver

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Trains the network, and prints predicted beside counted work at the end.",
        discussion: "Exit codes: 0 fine, 1 the work failed, 2 the model file or its data are wrong, 130 stopped by a signal after saving.")

    @OptionGroup var machine: ProfileArguments

    @Argument(help: "The model file; none with --resume.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String?

    @Option(name: .customLong("set"), help: ArgumentHelp("Changes one value of the file: train.epochs=3, model.layers.h1.units=100.", valueName: "path=value"))
    var set: [String] = []

    @Option(help: "Threads; by default one for each processor, or what the file says.")
    var threads: Int?

    @Option(help: ArgumentHelp("Goes on with a run that was stopped, from its last checkpoint, to the same numbers as if it had never stopped.", valueName: "run"), completion: .directory)
    var resume: String?

    @Flag(help: "Goes on although the model file, the data or the machine are not as they were.")
    var force = false

    @Flag(help: "Trains although there is not so much memory free.")
    var allowSwap = false

    @Option(help: "The run directory to make. By default <output.directory>/<name>-<number>.", completion: .directory)
    var output: String?

    @Option(help: ArgumentHelp("Trains so many steps and writes nothing.", valueName: "steps"))
    var dryRun: Int?

    @Option(help: "A bar on a terminal and a line an epoch elsewhere, or always one of them: \(ProgressStyle.allCases.map(\.rawValue).joined(separator: ", ")).")
    var progress: ProgressStyle = .auto

    func validate() throws {
        if let threads, threads < 1 || threads > 1024 { throw ValidationError("--threads is from 1 to 1024") }
        if resume == nil, file == nil { throw ValidationError("name a model file to train, or a run to go on with: --resume RUN") }
        if resume != nil, file != nil || !set.isEmpty || output != nil || dryRun != nil {
            throw ValidationError("--resume goes on with a run as it began, so it takes no model file, --set, --output or --dry-run")
        }
        if force, resume == nil { throw ValidationError("--force belongs to --resume") }
        if let dryRun, dryRun < 1 { throw ValidationError("--dry-run takes at least 1 step") }
        if dryRun != nil, output != nil { throw ValidationError("--dry-run writes nothing, so --output has no meaning") }
    }

    func run() throws {
        try reporting {
            let command = CommandLine.arguments
            let options =
                if let resume {
                    TrainingOptions(resume: resume, force: force, threads: threads, progress: progress, command: command, allowSwap: allowSwap, profile: machine.choice)
                } else {
                    TrainingOptions(
                        file: file ?? "", overrides: set, threads: threads, output: output, dryRunSteps: dryRun, progress: progress, command: command,
                        allowSwap: allowSwap, profile: machine.choice)
                }
            let code = try runTraining(options)
            if code != 0 { throw ExitCode(code) }
        }
    }
}

struct EvalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "eval", abstract: "Evaluates a trained network on each split of its data.")

    @Argument(help: "The run directory.", completion: .directory)
    var directory: String

    @Option(help: "The checkpoint below checkpoints/ to take.")
    var checkpoint: String = "final"

    @Option(name: .customLong("with"), help: "Where policies choose units: policy for these, dense for all; by default as in the run.")
    var network: TrainedUnits?

    @Option(help: "Threads; by default one for each processor.")
    var threads: Int?

    @Option(help: "table or json.")
    var format: EvaluationFormat = .table

    func validate() throws {
        if let threads, threads < 1 || threads > 1024 { throw ValidationError("--threads is from 1 to 1024") }
    }

    func run() throws {
        try reporting { Console().write(try evaluateRun(directory, checkpoint: checkpoint, network: network, threads: threads, format: format), to: .results) }
    }
}

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Shows what became of the network in a run: widths and parameters before and after, and when each unit left.")

    @Argument(help: "The run directory.", completion: .directory)
    var directory: String

    @Option(help: "table or json.")
    var format: EvaluationFormat = .table

    func run() throws {
        try reporting { Console().write(try inspectRun(directory, format: format), to: .results) }
    }
}

extension EvaluationFormat: ExpressibleByArgument {}
