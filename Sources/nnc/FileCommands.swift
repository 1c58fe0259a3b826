import ArgumentParser
import Driver

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Finds everything that is wrong with model files, without training.",
        discussion: "Exit code 2 where a file is wrong.")

    @Argument(help: "The model files.", completion: .file(extensions: ["yaml", "yml"]))
    var files: [String]

    @Option(name: .customLong("set"), help: ArgumentHelp("Changes one value of each file first.", valueName: "path=value"))
    var set: [String] = []

    @Option(help: "text, json, sarif or github.")
    var format: DiagnosticFormat = .text

    func run() throws {
        let code = checkFiles(files, overrides: set, format: format, console: Console())
        if code != 0 { throw ExitCode(code) }
    }
}

extension DiagnosticFormat: ExpressibleByArgument {}

struct GraphCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph", abstract: "Prints the lowered graph, after all passes or after one of them.")

    @OptionGroup var model: ModelArguments
    @OptionGroup var machine: ProfileArguments

    @Option(help: ArgumentHelp("The pass to stop after; `build` is the graph before all passes, `choose-strategies` shows the ways to do each layer's work too.", valueName: "pass"))
    var after: String?

    @Option(help: ArgumentHelp("A pass to leave out; only those that change no meaning can be.", valueName: "pass"))
    var skip: [String] = []

    @Flag(help: "The graph of evaluation instead of that of training.")
    var evaluation = false

    @Option(help: ArgumentHelp("The graph of the pre-training of a layer, which goes through no passes.", valueName: "layer"))
    var pretrain: String?

    @Flag(help: "The graph of the layers at the beginning that training does not change, which run once for each example.")
    var front = false

    @Flag(help: "Lists the passes and what each did, instead of the graph.")
    var passes = false

    @Option(help: "text, dot or json.")
    var format: GraphFormat = .text

    func validate() throws {
        if let after, !passNames.contains(after) {
            throw ValidationError("there is no pass `\(after)`; the passes are \(passNames.joined(separator: ", "))")
        }
        if pretrain != nil, after != nil || evaluation || front || passes || !skip.isEmpty {
            throw ValidationError("`--pretrain` goes with no other option but `--format`")
        }
        if let wrong = skip.first(where: { !optionalPassNames.contains($0) }) {
            throw ValidationError("`\(wrong)` cannot be left out; what can is \(optionalPassNames.joined(separator: ", "))")
        }
    }

    func run() throws {
        try reporting {
            let options = GraphOptions(
                file: model.file, overrides: model.set, after: after, skip: skip, isEvaluation: evaluation, pretrained: pretrain, isFront: front,
                listsPasses: passes, format: format, profile: machine.choice, threads: model.threads)
            guard let text = try graphText(options, width: Console().width(.results)) else {
                if front { throw ValidationError("no layers at the beginning of this network are left as they are, or what they put out does not fit into memory") }
                throw ValidationError("no layer `\(pretrain ?? "")` is pre-trained")
            }
            Console().write(text, to: .results)
        }
    }
}

extension GraphFormat: ExpressibleByArgument {}

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "init", abstract: "Writes a commented model file to start from.")

    @Argument(help: "The file to write.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String = "model.yaml"

    @Option(help: "A CSV, NPY or IDX file to train on; its shape goes into the model file.", completion: .file())
    var data: String?

    func run() throws {
        try reporting {
            try writeStarter(to: file, data: data)
            Console().write("wrote \(file); try `nnc train \(file)`\n", to: .messages)
        }
    }
}

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "explain", abstract: "Says what a diagnostic means and how to put it right.")

    @Argument(help: ArgumentHelp("As printed: NNC0102. Without one, all are listed.", valueName: "id"))
    var id: String?

    func run() throws {
        guard let text = explanation(of: id) else { throw ValidationError("there is no diagnostic `\(id ?? "")`; `nnc explain` lists them") }
        Console().write(text, to: .results)
    }
}

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Prints the file with everything put together, and where each value comes from.")

    @OptionGroup var model: ModelArguments

    func run() throws {
        try reporting { Console().write(try configText(model.file, overrides: model.set), to: .results) }
    }
}

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Prints the JSON Schema of model files, for editors.")

    @Flag(help: "The language reference in Markdown instead.")
    var reference = false

    @Option(help: ArgumentHelp("Writes model.schema.json and reference.md there instead.", valueName: "directory"), completion: .directory)
    var write: String?

    func run() throws {
        try reporting {
            if let write { try writeLanguage(to: write) } else { Console().write(languageText(reference: reference), to: .results) }
        }
    }
}
