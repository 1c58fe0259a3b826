import ArgumentParser
import Driver

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes a trained network in a format that others read.",
        discussion: """
            safetensors has PyTorch's names and layout; the network as a PyTorch module that loads the file goes to standard output. onnx is the network for \
            inference, with its input as nnc has it.
            """)

    @Argument(help: "The run directory.", completion: .directory)
    var directory: String

    @Option(help: "safetensors or onnx.")
    var to: ExportFormat

    @Option(help: "The file to write; by default export/<name>.<format> in the run directory.", completion: .file())
    var output: String?

    @Option(help: "The checkpoint below checkpoints/ to take.")
    var checkpoint: String = "final"

    @Flag(help: "Writes over a file that is there.")
    var force = false

    func run() throws {
        try reporting {
            let outcome = try exportRun(ExportOptions(run: directory, format: to, output: output, checkpoint: checkpoint, force: force))
            for note in outcome.notes { Console().write("note: \(note)\n", to: .messages) }
            Console().write(outcome.text, to: .results)
            Console().write("wrote \(outcome.path)\n", to: .messages)
        }
    }
}

extension ExportFormat: ExpressibleByArgument {}
