import Diagnostics
import Syntax

/// Checks a parsed and composed model file against the language, and gives it as typed values.
///
/// All problems are collected in one go. The result is nil when one of them is an error, and also when `diagnostics` held an error
/// before: a file that was only partly read does not mean what is left of it.
///
/// - Parameters:
///   - policies: the policies that this program has.
///   - directory: of the main file; paths written in it are relative to it, and come out joined with it. Paths from a base
///     file are relative to that file, and paths from `--set` to the working directory.
///   - environment: for `${NAME}` in paths.
public func check(
    _ tree: Node, policies: [PolicySchema] = [], directory: String = "", environment: [String: String] = [:], diagnostics: inout [Diagnostic]
) -> ModelFile? {
    let context = CheckContext(language: Language(policies: policies), environment: environment, mainSource: tree.range.source, directory: directory)
    let model = context.checkFile(tree).flatMap { context.build($0) }
    diagnostics += context.diagnostics.inOrderOfPlace
    return diagnostics.hasErrors ? nil : model
}

extension CheckContext {
    /// The keys and values of the file one by one.
    func checkFile(_ tree: Node) -> CheckedObject? {
        if tree.isInvalid { return nil }
        guard let entries = tree.entries else {
            report(.notAModelFile, "a model file is a mapping of keys, not \(tree.described)", at: tree.location, help: ["begin it with `version: 1`"])
            return nil
        }
        // The layers need the defaults, wherever in the file they stand.
        let sorted = entries.filter { $0.key.scalar?.text == "defaults" } + entries.filter { $0.key.scalar?.text != "defaults" }
        let start = tree.entries?.first?.key.location ?? tree.location
        return checkObject(tree.with(.mapping(sorted)), language.file, anchor: start)
    }

    /// What concerns several values at once, and the typed file.
    fileprivate func build(_ file: CheckedObject) -> ModelFile? {
        let data = file.object("data").flatMap { object in buildData(object).map { Located($0, object.anchor) } }
        let model = file.object("model")
        var named = namedPolicies(file)
        let layers = model.flatMap { buildLayers($0, &named) }
        // Where the layers could not be read, nobody knows which policies they use.
        if layers != nil { reportUnused(named) }
        let dataIsReadable = file["data"] == nil || data != nil
        let train = file.object("train").flatMap { buildTrain($0, layers: layers, data: data?.value, dataIsReadable: dataIsReadable) }
        let output = file.object("output")
        checkHistograms(output)
        let input = model.map { buildInput($0, data) }
        guard let input, let layers, let train, dataIsReadable, !diagnostics.hasErrors else { return nil }
        return ModelFile(
            name: file.text("name") ?? Path.stem(mainSource.path), description: file.text("description"),
            seed: UInt64(clamping: file.integer("seed") ?? 0), data: data, input: input,
            weights: model.flatMap { model in model["weights"]?.text.map { Located($0, model.location("weights")) } }, layers: layers, train: train,
            output: buildOutput(output))
    }

    private func buildOutput(_ output: CheckedObject?) -> OutputSpec {
        func words<Word: RawRepresentable>(_ name: String) -> [Word]? where Word.RawValue == String {
            output?[name]?.list?.compactMap { $0.text.flatMap { Word(rawValue: $0) } }
        }
        var spec = OutputSpec(directory: Located(output?["directory"]?.text ?? Path.join(directory, "runs"), output?.location("directory") ?? .nowhere))
        spec.metrics = words("metrics") ?? spec.metrics
        spec.export = words("export") ?? []
        spec.histograms = output?.span("histograms")
        return spec
    }

    /// Histograms have a place in event files only.
    private func checkHistograms(_ output: CheckedObject?) {
        guard let output, output["histograms"] != nil, !(output["metrics"]?.list ?? []).contains(where: { $0.text == OutputSpec.Metrics.tensorboard.rawValue }) else { return }
        report(.keyNeedsAnother, "`histograms` needs `tensorboard` in `metrics`", at: output.location("histograms"), help: ["write `metrics: [jsonl, tensorboard]`"])
    }

    private func buildInput(_ model: CheckedObject, _ data: Located<DataSpec>?) -> InputSpec {
        guard let input = model.object("input") else { return InputSpec(shape: nil) }
        let shape = input["shape"].flatMap { shape in
            shape.list.map { sizes in Located(sizes.compactMap { if case .integer(let size) = $0.value { size } else { nil } }, shape.location) }
        }
        let sparse = input.flag("sparse").map { Located($0, input.location("sparse")) }
        if let sparse, sparse.value, let data, !data.value.isSparse {
            report(.inputNotSparse, "the input is declared as sparse, and the data are not", at: sparse.location, related: [RelatedPlace(data.location, "the data")],
                help: ["take `sparse` out"])
        }
        return InputSpec(shape: shape, sparse: sparse)
    }
}

extension Path {
    /// `mlp` for `models/mlp.yaml`
    static func stem(_ path: String) -> String {
        let file = path.split(separator: "/").last.map(String.init) ?? "model"
        guard let dot = file.lastIndex(of: "."), dot != file.startIndex else { return file }
        return String(file[..<dot])
    }
}

extension [Diagnostic] {
    /// As a reader meets them: file by file, from the top; what has no place comes last.
    var inOrderOfPlace: [Diagnostic] {
        var sources: [SourceText] = []
        let keys = map { diagnostic -> (Int, Int) in
            guard case .range(let range) = diagnostic.location else { return (.max, 0) }
            let file = sources.firstIndex { $0 === range.source } ?? sources.count
            if file == sources.count { sources.append(range.source) }
            return (file, range.start)
        }
        return indices.sorted { (keys[$0].0, keys[$0].1, $0) < (keys[$1].0, keys[$1].1, $1) }.map { self[$0] }
    }
}
