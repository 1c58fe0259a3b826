import Diagnostics
import Syntax

extension CheckContext {
    /// Where the data comes from, and whether the keys of `data:` go together. Nil where something is wrong.
    func buildData(_ data: CheckedObject) -> DataSpec? {
        let before = diagnostics.count
        let source = buildSource(data)
        let columns = buildColumns(data)
        let validation = buildValidation(data)
        guard let source, diagnostics[before...].hasErrors == false else { return nil }
        // A value that was reported before this is nil or invalid here.
        if data.entries.contains(where: \.checked.isInvalid) { return nil }
        let spec = DataSpec(
            source: source, validation: validation, normalization: data.word("normalize") ?? .unit, columns: columns,
            limit: data.integer("limit"), labelBase: data.integer("label_base") ?? 0, featureBase: data.integer("feature_base") ?? 1)
        if spec.isSparse, spec.normalization == .zscore {
            report(.sparseNotNormalized, "`normalize: zscore` would turn the zeros of sparse examples into other numbers", at: data.location("normalize"),
                help: ["take it out: sparse features stay as they are"])
            return nil
        }
        return spec
    }

    private func buildSource(_ data: CheckedObject) -> DataSpec.Source? {
        if let dataset = data["dataset"] {
            if let format = data.entry("format") {
                report(.keysExclude, "`dataset` and `format` exclude each other", at: format.keyLocation,
                    related: [RelatedPlace(dataset.location, "the dataset is given here")], help: ["a known dataset brings its own files: take `format` out"])
            } else {
                checkConditions(data, without: "with a known dataset")
            }
            return dataset.text.map { .known($0) }
        }
        guard let format = data["format"] else {
            let hint = (data.node.entries ?? []).contains { $0.key.scalar?.text == "synthetic" } ? "`format: synthetic`" : "`dataset: fashion_mnist` or `format: csv`"
            // A misspelt key that meant one of the two has been reported.
            if !hasUnknownKey(data) || data["train"] != nil || data["synthetic"] != nil {
                report(.missingKey, "`data` needs `dataset` or `format`", at: data.anchor, help: ["write for instance \(hint)"])
            }
            return nil
        }
        guard let word = format.text else { return nil }
        checkConditions(data, without: nil)
        if word == "synthetic" {
            return buildSynthetic(data, format)
        }
        guard let format = DataSpec.Format(rawValue: word) else { return nil }
        guard let entry = data.entry("train") else {
            report(.keyNeedsAnother, "`format: \(word)` needs `train`", at: data.location("format"), help: ["write for instance `train: { features: train.csv }`"])
            return nil
        }
        guard let train = buildFiles(entry.checked, format, data) else { return nil }
        let test = data["test"].flatMap { buildFiles($0, format, data) }
        return .files(format: format, train: train, test: test)
    }

    private func hasUnknownKey(_ object: CheckedObject) -> Bool {
        (object.node.entries ?? []).contains { entry in
            guard let name = entry.key.scalar?.text, !name.hasPrefix("x-") else { return false }
            return !object.keys.contains { $0.name == name }
        }
    }

    /// Reports keys that have no effect beside the words that other keys have.
    ///
    /// - Parameter without: how to put it where the other key is not there; nil says nothing then.
    private func checkConditions(_ object: CheckedObject, without: String?) {
        for entry in object.entries {
            guard let condition = entry.key.condition else { continue }
            let reason: String
            if let word = object.text(condition.key) {
                if condition.words.contains(word) { continue }
                reason = "with `\(condition.key): \(word)`"
            } else {
                guard let without else { continue }
                reason = without
            }
            report(.keyWithoutEffect, "`\(entry.key.name)` has no effect \(reason)", at: entry.keyLocation, help: ["it goes with \(condition.phrase)"])
        }
    }

    private func buildFiles(_ checked: Checked, _ format: DataSpec.Format, _ data: CheckedObject) -> DataSpec.FileSet? {
        guard let files = checked.object, let features = files["features"]?.list else { return nil }
        let paths = features.compactMap { path in path.text.map { Located($0, path.location) } }
        let needsLabels = format == .idx || format == .npy
        if needsLabels, files.entry("labels") == nil {
            report(.keyNeedsAnother, "`format: \(format.rawValue)` needs `labels` beside `features`", at: files.anchor,
                help: ["write for instance `labels: train-labels.gz`"])
            return nil
        }
        if !needsLabels, let labels = files.entry("labels") {
            report(.keyWithoutEffect, "`labels` has no effect with `format: \(format.rawValue)`", at: labels.keyLocation,
                help: [format == .csv ? "the class is a column of the file: `columns: { label: … }`" : "the classes stand beside the features; take it out"])
            return nil
        }
        if format.isSparse, let second = features.dropFirst().first {
            report(.wrongCount, "with `format: \(format.rawValue)` all examples of a split are in one file", at: second.location, help: ["put the files together"])
            return nil
        }
        return DataSpec.FileSet(features: paths, labels: files["labels"].flatMap { path in path.text.map { Located($0, path.location) } })
    }

    private func buildSynthetic(_ data: CheckedObject, _ format: Checked) -> DataSpec.Source? {
        guard let entry = data.entry("synthetic") else {
            report(.keyNeedsAnother, "`format: synthetic` needs `synthetic`", at: format.location, help: ["write for instance `synthetic: { generator: spirals }`"])
            return nil
        }
        guard let synthetic = entry.checked.object, let generator: SyntheticSpec.Generator = synthetic.word("generator") else { return nil }
        checkConditions(synthetic, without: nil)
        guard let train = synthetic.integer("train"), let test = synthetic.integer("test"), let classes = synthetic.integer("classes"), let noise = synthetic.number("noise"),
            let featuresPerExample = synthetic.integer("features_per_example"), let labelsPerExample = synthetic.number("labels_per_example"),
            let prototypeFeatures = synthetic.integer("prototype_features")
        else { return nil }
        if generator == .labels {
            let missing = ["features", "labels"].filter { synthetic[$0] == nil }
            guard missing.isEmpty else {
                report(.keyNeedsAnother, "`generator: labels` needs \(missing.map { "`\($0)`" }.joined(separator: " and "))", at: synthetic.location("generator"),
                    help: ["write for instance `features: 50000, labels: 20000`"])
                return nil
            }
        }
        guard synthetic["features"]?.isInvalid != true, synthetic["labels"]?.isInvalid != true else { return nil }
        let features = synthetic.integer("features") ?? 2
        let fixed: (features: Int, classes: Int) =
            switch generator {
            case .blobs: (features, classes)
            case .spirals: (2, classes)
            case .rectangles, .convex: (784, 2)
            case .higgsLike: (28, 2)
            case .labels: (features, synthetic.integer("labels") ?? classes)
            }
        return .synthetic(SyntheticSpec(
            generator: generator, trainExamples: train, testExamples: test, features: fixed.features, classes: fixed.classes, noise: noise,
            sparse: SyntheticSpec.Sparse(featuresPerExample: featuresPerExample, labelsPerExample: labelsPerExample, prototypeFeatures: prototypeFeatures)))
    }

    private func buildColumns(_ data: CheckedObject) -> DataSpec.Columns? {
        guard let columns = data.object("columns") else { return nil }
        let features = columns["features"]?.list?.compactMap { column in column.text.map { Located($0, column.location) } }
        return DataSpec.Columns(
            label: columns["label"].flatMap { column in column.text.map { Located($0, column.location) } }, features: features, header: columns.flag("header"))
    }

    private func buildValidation(_ data: CheckedObject) -> Located<DataSpec.Validation>? {
        guard let checked = data["validation"] else { return nil }
        switch checked.value {
        case .amount(let amount): return Located(.amount(amount), checked.location)
        case .object:
            guard let word = data["format"]?.text, let format = DataSpec.Format(rawValue: word) else {
                if data["dataset"] != nil || data["format"]?.text == "synthetic" {
                    report(.keyWithoutEffect, "files for `validation` have no effect without files for `train`", at: data.entry("validation")?.keyLocation ?? checked.location,
                        help: ["write for instance `validation: 10%`"])
                }
                return nil
            }
            return buildFiles(checked, format, data).map { Located(.files($0), checked.location) }
        default: return nil
        }
    }
}
