/// The manual page of the language in Markdown, made from the table of keys.
public func referenceMarkdown(policies: [PolicySchema]) -> String {
    var page = ReferencePage(language: Language(policies: policies))
    page.write()
    return page.lines.joined(separator: "\n") + "\n"
}

private struct ReferencePage {
    let language: Language
    var lines: [String] = []

    init(language: Language) { self.language = language }

    mutating func write() {
        lines += [
            "# The model file, version 1", "",
            "<!-- Made by `nnc schema --write grammar` from the table of keys that the checker uses. Do not edit. -->", "",
            "One YAML file describes the data, the network, what each layer may skip, and how to train. Values follow the core schema of YAML 1.2: `1e-2`",
            "is a number, `no` is a word. Keys that begin with `x-` are free everywhere; every other unknown key is an error. Words in",
            "*italics* under *default* tell what leaving the key out means.", "",
        ]
        writeValues()
        section("The file", language.file.summary, language.file.keys)
        for key in language.file.keys where key.isSupported { block(key, path: key.name) }
        writePathsAndBases()
    }

    private mutating func writeValues() {
        lines += [
            "## How values are written", "",
            "| value | written | |", "| --- | --- | --- |",
            "| length of time | `1 epoch`, `0.125 epochs`, `50 steps`, `6400 examples` | always with its unit; steps and examples are whole |",
            "| time by the clock | `90 seconds`, `30 minutes`, `1.5 hours` | |",
            "| share | `5%` | never `0.05`; rates that Keras gives as fractions, such as that of dropout, stay fractions |",
            "| count | `50` | |",
            "| monitored metric | `validation.accuracy` | the split (`train`, `validation` or `test`), a dot, the metric |",
            "| path | `data/train.csv`, `${DATA:-data}/train.csv` | relative to the file it stands in; `${NAME}` and `${NAME:-default}` are read from the environment |",
            "| name | `h1` | letters, digits, `_` and `-`; does not start with a digit or a dash |",
            "| truth value | `true`, `false` | |", "",
        ]
    }

    private mutating func writePathsAndBases() {
        lines += [
            "## Base files and single values", "",
            "`extends: base.yaml` takes another file as the base. A top-level block of this file replaces the whole block of the base, except that",
            "`defaults`, `policies` and `x-` keys join entry by entry. `set:` then changes single values by dotted path, layers by name (an unnamed one",
            "is `dense_1`, `dense_2`, … by its type), and `--set path=value` on the command line comes last:", "",
            "```yaml", "extends: base.yaml", "set:", "  model.layers.h1.units: 500", "  train.optimizer.learning_rate: 1e-2", "```", "",
            "```sh", "nnc train model.yaml --set train.epochs=3 --set 'train.optimizer={ type: sgd, learning_rate: 0.1 }'", "```", "",
            "`nnc config FILE` prints the file as it is put together, with the origin of each value.",
        ]
    }

    /// What stands below a top-level key, each mapping in a section of its own.
    private mutating func block(_ key: Key, path: String) {
        guard key.isSupported else { return }
        switch key.kind {
        case .object(let schema), .amountOr(let schema):
            // The sets of files are one and the same.
            if schema.noun == Language.fileSet.noun, path != "data.train" { return }
            let title = schema.noun == Language.fileSet.noun ? "`data.train`, `data.test`, `data.validation`" : "`\(path)`"
            section(title, schema.summary, schema.keys)
            for inner in schema.keys { block(inner, path: "\(path).\(inner.name)") }
        case .map(of: .object(let schema)):
            section("`\(path)`", key.summary + " Each is a mapping with these keys.", schema.keys)
            for inner in schema.keys { block(inner, path: "\(path).<name>.\(inner.name)") }
        case .variant(let schema): variants(schema, path: path)
        case .list(of: .variant(let schema), _): variants(schema, path: path)
        default: break
        }
    }

    private mutating func variants(_ schema: VariantSchema, path: String) {
        lines += ["## `\(path)`", "", schema.summary]
        if schema.allowsBareWord { lines.append("The bare word stands for a mapping with only `type`.") }
        lines.append("")
        if schema.variants.isEmpty {
            lines += ["This version has none.", ""]
            return
        }
        for variant in schema.variants where variant.word.isSupported {
            lines += ["### `\(variant.word.word)`", "", variant.word.summary, ""]
            if let example = variant.example { lines += ["```yaml", example, "```", ""] }
            if !variant.keys.isEmpty { table(variant.keys) }
        }
        let later = schema.variants.filter { !$0.word.isSupported }.map(\.word.word)
        if !later.isEmpty { lines += ["In the language, but not in this version yet: \(later.quotedList).", ""] }
    }

    private mutating func section(_ title: String, _ summary: String, _ keys: [Key]) {
        lines += ["## \(title)", "", summary, ""]
        table(keys)
        let later = keys.filter { !$0.isSupported }.map(\.name)
        if !later.isEmpty { lines += ["In the language, but not in this version yet: \(later.quotedList).", ""] }
    }

    private mutating func table(_ keys: [Key]) {
        lines += ["| key | value | default | |", "| --- | --- | --- | --- |"]
        for key in keys where key.isSupported {
            let standard = key.isRequired ? "**required**" : key.defaultText.map { "`\($0)`" } ?? key.defaultNote.map { "*\($0)*" } ?? ""
            let condition = key.condition.map { " Only with \($0.phrase)." } ?? ""
            let example = key.example.map { " `\($0)`" } ?? ""
            lines.append("| `\(key.name)` | \(escaped(phrase(key.kind))) | \(escaped(standard)) | \(escaped(key.summary + condition + example)) |")
        }
        lines.append("")
        for key in keys where key.isSupported {
            let words: ChoiceSet
            switch key.kind {
            case .choice(let set), .list(of: .choice(let set), _): words = set
            default: continue
            }
            // The words of activations and initializers are told once.
            if ["kernel_initializer", "bias_initializer", "activation"].contains(key.name), lines.contains("Words of `\(told(key.name))`:") { continue }
            lines += ["Words of `\(told(key.name))`:", ""]
            lines += words.choices.filter(\.isSupported).map { "- `\($0.word)`: \($0.summary)" }
            let later = words.choices.filter { !$0.isSupported }.map(\.word)
            if !later.isEmpty { lines.append("- not in this version yet: \(later.quotedList)") }
            lines.append("")
        }
    }

    private func told(_ name: String) -> String { name == "bias_initializer" ? "kernel_initializer" : name }

    private func escaped(_ text: String) -> String { text.replacing("|", with: "\\|") }

    private func phrase(_ kind: ValueKind) -> String {
        switch kind {
        case .version: "`1`"
        case .text: "text"
        case .name: "name"
        case .path: "path"
        case .flag: "`true` or `false`"
        case .integer(let range): "whole number, \(range.phrase)"
        case .integerOr(let range, let words): "whole number, \(range.phrase), or " + words.supported.map { "`\($0)`" }.joined(separator: ", ")
        case .number(let range): "number, \(range.phrase)"
        case .choice(let set): set.supported.count > 4 ? "one of the words below" : set.supported.map { "`\($0)`" }.joined(separator: ", ")
        case .span: "length of time"
        case .duration: "time by the clock"
        case .amount: "share or count"
        case .monitor: "monitored metric"
        case .column: "name, or position from 0"
        case .size2d(let range): "whole number, \(range.phrase), or [height, width]"
        case .list(of: .variant, _): "list of mappings"
        case .list(of: let element, count: let count): (count.upperBound == 1 ? "list of one: " : "list of: ") + phrase(element)
        case .paths: "path, or list of paths"
        case .object: "mapping"
        case .amountOr: "share, count, or mapping"
        case .variant(let schema): schema.allowsBareWord ? "mapping or word" : "mapping"
        case .map: "mapping of names"
        case .layerDefaults: "mapping from layer types to mappings of their keys"
        case .policy: "name, `none`, or mapping"
        case .dottedPaths: "mapping of dotted paths"
        case .anything: "anything"
        }
    }
}
