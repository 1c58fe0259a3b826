import ArgumentParser
import Driver

struct NNC: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nnc",
        abstract: "Trains neural networks that are described by a YAML file, and says beforehand what that costs.",
        version: nncVersion,
        subcommands: [
            TrainCommand.self, EvalCommand.self, PredictCommand.self, ExportCommand.self, InspectCommand.self, EstimateCommand.self, CalibrateCommand.self, BenchCommand.self, CheckCommand.self, ConfigCommand.self, GraphCommand.self,
            InitCommand.self, ExplainCommand.self, SchemaCommand.self,
        ])
}

/// What every command that reads a model file takes.
struct ModelArguments: ParsableArguments {
    @Argument(help: "The model file.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Option(name: .customLong("set"), help: ArgumentHelp("Changes one value of the file: train.epochs=3, model.layers.h1.units=500.", valueName: "path=value"))
    var set: [String] = []

    @Option(help: "Threads; by default one for each processor, or what the file says.")
    var threads: Int?

    func validate() throws {
        if let threads, threads < 1 || threads > 1024 { throw ValidationError("--threads is from 1 to 1024") }
    }
}

extension ProgressStyle: ExpressibleByArgument {}

/// Runs a command's work; what goes wrong is shown on standard error and becomes the exit code.
func reporting(_ body: () throws -> Void) throws {
    do { try body() } catch let failure as CommandFailure {
        throw ExitCode(failure.show(on: Console()))
    } catch let code as ExitCode {
        throw code
    } catch let usage as ValidationError {
        throw usage
    } catch {
        throw ExitCode(CommandFailure(error).show(on: Console()))
    }
}
