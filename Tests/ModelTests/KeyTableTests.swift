import Diagnostics
import Syntax
import Testing
@testable import Model

/// The table of keys is right about itself: its defaults and examples are values that its own kinds take.
@Suite struct KeyTableTests {
    struct Place {
        var path: String
        var key: Key
        var siblings: [Key]
        var otherNames: [String: String]
    }

    /// Every key of the language, with those beside it.
    static let places: [Place] = {
        var places: [Place] = []
        func walk(_ keys: [Key], _ otherNames: [String: String], _ path: String) {
            for key in keys {
                let own = path.isEmpty ? key.name : "\(path).\(key.name)"
                places.append(Place(path: own, key: key, siblings: keys, otherNames: otherNames))
                switch key.kind {
                case .object(let schema), .amountOr(let schema), .policy(let schema), .map(of: .object(let schema)): walk(schema.keys, schema.otherNames, own)
                case .variant(let schema), .list(of: .variant(let schema), _):
                    for variant in schema.variants { walk(variant.keys, variant.otherNames, "\(own)[\(variant.word.word)]") }
                default: break
                }
            }
        }
        let file = Language(policies: []).file
        walk(file.keys, file.otherNames, "")
        return places
    }()

    private func problems(_ text: String, _ key: Key) -> [String] {
        var diagnostics: [Diagnostic] = []
        guard let tree = parse(SourceText(path: "table", text: text), diagnostics: &diagnostics), let entry = tree.entries?.first else { return ["not a mapping: \(text)"] }
        let context = CheckContext(language: Language(policies: []), environment: [:], mainSource: tree.range.source, directory: "")
        _ = context.checkValue(entry.value, key.kind, key: key, keyNode: entry.key)
        let name = entry.key.scalar?.text == key.name ? [] : ["the example is of another key: \(text)"]
        return name + (diagnostics + context.diagnostics).map { "\($0.kind.id) \($0.message)" }
    }

    @Test func defaultsAreValues() {
        for place in Self.places {
            guard let text = place.key.defaultText else { continue }
            #expect(problems("\(place.key.name): \(text)", place.key) == [], "\(place.path)")
            #expect(!place.key.isRequired, "\(place.path) is required and has a default")
        }
    }

    @Test func examplesAreValues() {
        for place in Self.places where place.key.isSupported {
            guard let text = place.key.example else { continue }
            #expect(problems(text, place.key) == [], "\(place.path)")
        }
    }

    @Test func requiredKeysHaveExamplesAndAllHaveASentence() {
        for place in Self.places {
            #expect(place.key.summary.last == ".", "\(place.path)")
            if place.key.isRequired, case .version = place.key.kind {} else if place.key.isRequired, place.key.name != "model", place.key.name != "train" {
                #expect(place.key.example != nil, "\(place.path)")
            }
        }
    }

    @Test func namesAreThereOnce() {
        for place in Self.places {
            #expect(place.siblings.filter { $0.name == place.key.name }.count == 1, "\(place.path)")
            #expect(place.otherNames[place.key.name] == nil, "\(place.path) is also listed as another tool's name")
        }
    }

    /// A name of another tool leads to a key that is there, or says in words where to look.
    @Test func otherNamesLeadSomewhere() {
        let all = Set(Self.places.map(\.key.name))
        for place in Self.places {
            for (name, right) in place.otherNames where !right.isEmpty && !right.contains(" ") {
                let last = right.split(separator: ".").last.map(String.init) ?? right
                #expect(all.contains(last) || last == "type" || right.hasPrefix("x-"), "\(place.path): \(name) → \(right)")
            }
        }
    }

    /// What the table calls a word of an enumeration is one of the types that the rest of the program has.
    @Test func wordsAreThoseOfTheTypes() {
        #expect(Language.activationWords.choices.map(\.word).sorted() == Activation.allCases.map(\.rawValue).sorted())
        #expect(Language.initializerWords.choices.map(\.word).sorted() == Initializer.allCases.map(\.rawValue).sorted())
        #expect(Language.losses.choices.map(\.word).sorted() == Loss.allCases.map(\.rawValue).sorted())
        #expect(Language.metricWords.choices.map(\.word).sorted() == Metric.allCases.map(\.rawValue).sorted())
        #expect(Language.optimizer.words.supported.sorted() == OptimizerSpec.Kind.allCases.map(\.rawValue).sorted())
        #expect(Language.formats.supported.filter { $0 != "synthetic" }.sorted() == DataSpec.Format.allCases.map(\.rawValue).sorted())
        let normalize = Language.data.key("normalize")
        guard case .choice(let words)? = normalize?.kind else { return #expect(Bool(false)) }
        #expect(words.supported.sorted() == DataSpec.Normalization.allCases.map(\.rawValue).sorted())
        guard case .choice(let generators)? = Language.synthetic.key("generator")?.kind else { return #expect(Bool(false)) }
        #expect(generators.supported.sorted() == SyntheticSpec.Generator.allCases.map(\.rawValue).sorted())
    }

    /// Examples of the variants are lines of a model file.
    @Test func examplesOfVariantsCheck() {
        let language = Language(policies: [])
        for (schema, isLayer) in [(language.layer, true), (Language.optimizer, false), (Language.schedule, false)] {
            for variant in schema.variants where variant.word.isSupported {
                guard let example = variant.example else { #expect(Bool(false), "\(variant.word.word) has no example"); continue }
                var diagnostics: [Diagnostic] = []
                let tree = parse(SourceText(path: "table", text: example), diagnostics: &diagnostics)
                guard let node = isLayer ? tree?.elements?.first : tree?.entries?.first?.value else { #expect(Bool(false), "\(example)"); continue }
                let context = CheckContext(language: language, environment: [:], mainSource: node.range.source, directory: "")
                #expect(context.checkVariant(node, schema, anchor: node.location)?.type?.value == variant.word.word)
                #expect(context.diagnostics.map(\.message) == [], "\(example)")
            }
        }
    }
}
