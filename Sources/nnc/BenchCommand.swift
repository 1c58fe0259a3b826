import ArgumentParser
import Driver

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Trains networks with their policies and without, in turns, and compares what was measured with what was predicted.",
        discussion: "Nothing is written but the chart. Both networks of a file begin with the same seed and see the same examples; they take turns, a slice of steps each.")

    @Argument(help: "The model files.", completion: .file(extensions: ["yaml", "yml"]))
    var files: [String]

    @OptionGroup var machine: ProfileArguments

    @Option(name: .customLong("set"), help: ArgumentHelp("Changes one value of each file first.", valueName: "path=value"))
    var set: [String] = []

    @Option(help: "Threads; by default one for each processor, or what the file says.")
    var threads: Int?

    @Option(help: "Steps that each network trains.")
    var steps: Int = 300

    @Option(help: "Whole epochs instead, with their scores.")
    var epochs: Int?

    @Option(help: ArgumentHelp(
        "Trains all files so often, with the machine measured anew before and after each, and shows medians: for machines whose speed changes from minute to minute.", valueName: "n"))
    var rounds: Int?

    @Flag(help: "JSON instead of a table.")
    var json = false

    @Flag(help: "Which operations of a step take how long, instead.")
    var operations = false

    @Option(help: "An SVG file to draw the scores in, against seconds and multiplications. With --epochs.", completion: .file(extensions: ["svg"]))
    var chart: String?

    func validate() throws {
        if let threads, threads < 1 || threads > 1024 { throw ValidationError("--threads is from 1 to 1024") }
        if steps < 1 { throw ValidationError("--steps takes at least 1 step") }
        if let epochs, epochs < 1 { throw ValidationError("--epochs takes at least 1 epoch") }
        if let rounds, rounds < 1 { throw ValidationError("--rounds takes at least 1 round") }
        if rounds != nil, machine.profile != nil { throw ValidationError("--rounds measures this machine, and --profile has another one's measures") }
        if chart != nil, epochs == nil { throw ValidationError("--chart draws scores, and these need --epochs") }
        if operations, json || chart != nil || epochs != nil || rounds != nil { throw ValidationError("--operations goes with --steps only") }
    }

    func run() throws {
        try reporting {
            let options = BenchOptions(files: files, overrides: set, threads: threads, steps: steps, epochs: epochs, rounds: rounds, profile: machine.choice)
            let console = Console()
            let text = try operations ? benchOperations(options, width: console.width(.results)) : benchText(options, json: json, chart: chart, width: console.width(.results))
            console.write(text, to: .results)
        }
    }
}
