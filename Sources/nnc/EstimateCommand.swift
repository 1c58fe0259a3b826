import ArgumentParser
import Driver

struct EstimateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "estimate",
        abstract: "Says what training will cost: multiplications, additions, seconds and memory, by layer. Trains nothing but the steps of a `--pilot`.")

    enum Twin: String, ExpressibleByArgument, CaseIterable { case dense }

    @OptionGroup var model: ModelArguments
    @OptionGroup var machine: ProfileArguments

    @Option(help: "Compares with the same network without policies.")
    var against: Twin?

    @Option(help: ArgumentHelp("Shows how a layer's numbers come about.", valueName: "layer"))
    var explain: String?

    @Option(help: ArgumentHelp(
        "Trains so many steps first, at least 100, where each example chooses units of its own: how many rows of weights a step updates lies in the data.", valueName: "steps"))
    var pilot: Int?

    @Option(help: "table, json, csv or markdown.")
    var format: EstimateFormat = .table

    func validate() throws {
        if let pilot, pilot < Pilot.leastSteps { throw ValidationError("a pilot of fewer than \(Pilot.leastSteps) steps would see what new weights do, not what a training does") }
    }

    func run() throws {
        try reporting {
            let options = EstimateOptions(file: model.file, overrides: model.set, threads: model.threads, againstDense: against == .dense, profile: machine.choice, pilot: pilot)
            guard let explain else { return try showEstimate(options, format: format) }
            guard let explanation = try explainEstimate(options, layer: explain, width: Console().width(.results)) else {
                throw ValidationError("there is no layer `\(explain)`; `nnc estimate \(model.file)` lists them")
            }
            Console().write(explanation, to: .results)
        }
    }
}

extension EstimateFormat: ExpressibleByArgument {}
