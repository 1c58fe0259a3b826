import Diagnostics
import Model
import Policies
import Syntax
import Testing

@Suite struct ResolvedTextTests {
    private func resolved(_ checking: Checking, origins: Bool = true, workingDirectory: String? = nil, directory: String = "", policies: [PolicySchema] = []) throws -> String {
        let tree = try #require(checking.tree)
        return try #require(resolvedText(tree, policies: policies, directory: directory, origins: origins, workingDirectory: workingDirectory), "\(checking.said)")
    }

    @Test func eachValueHasItsOrigin() throws {
        let text = "extends: base.yaml\nset: { train.epochs: 6 }\nname: mine\n"
        let checking = Checking(text, sets: ["train.batch_size=64"], files: ["base.yaml": CompositionTests.base])
        let lines = try resolved(checking).split(separator: "\n").map { $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ") }
        for line in [
            "version: 1 # base.yaml:1", "name: mine # model.yaml:3", "seed: 0 # default", "validation: 10% # base.yaml:2", "epochs: 6 # model.yaml:2",
            "batch_size: 64 # --set", "- type: dense # base.yaml:7", "name: h1 # base.yaml:7", "activation: relu # base.yaml:3", "rate: 0.5 # base.yaml:3", "type: adam # base.yaml:10",
            "learning_rate: 0.001 # default", "directory: runs # default",
        ] {
            #expect(lines.contains(line), "no line \(line) in\n\(lines.joined(separator: "\n"))")
        }
    }

    /// Resolving what was resolved changes nothing, and means the same.
    @Test(arguments: ExampleTests.files) func theTextMeansTheSame(_ name: String) throws {
        let policies = allPolicies.map { $0.schema }
        let checking = try Checking(file: checkout.appendingPathComponent("models").appendingPathComponent(name), policies: policies)
        let first = try resolved(checking, origins: false, workingDirectory: "/somewhere", policies: policies)
        let again = Checking(first, policies: policies)
        #expect(again.diagnostics.isEmpty, "\(again.said)\n\(first)")
        #expect(try resolved(again, origins: false, workingDirectory: "/elsewhere", policies: policies) == first)
        let a = try #require(checking.model)
        let b = try #require(again.model)
        #expect(meaning(a) == meaning(b))
    }

    @Test func pathsAreMadeAbsolute() throws {
        let text = """
            version: 1
            name: "12"
            data: { format: csv, train: { features: ["${D}/a b.csv", ../c.csv] }, columns: { label: "3", features: [0, width] } }
            model: { layers: [{ type: dense, units: 3, activation: softmax }] }
            train: { epochs: 1, loss: cross_entropy, optimizer: sgd }
            """
        let checking = Checking(text, environment: ["D": "files"])
        let tree = try #require(checking.tree)
        let resolved = try #require(resolvedText(tree, directory: "models", environment: ["D": "files"], origins: false, workingDirectory: "/files"))
        #expect(resolved.contains("features: [\"/files/models/files/a b.csv\", /files/c.csv]"))
        #expect(resolved.contains("directory: /files/models/runs"))
        let again = Checking(resolved)
        #expect(again.model?.name == "12")
        #expect(again.model?.data?.value.columns?.label?.value == "3")
        #expect(again.diagnostics.isEmpty, "\(again.said)")
    }

    /// A model without its places, to be compared.
    private func meaning(_ model: ModelFile) -> String {
        var lines = ["\(model.name) \(model.seed) \(model.input.shape?.value ?? [])"]
        if let data = model.data?.value { lines.append("\(data.normalization) \(data.limit ?? 0) \(data.labelBase) \(data.source) \(data.validation.map { "\($0.value)" } ?? "")") }
        for layer in model.layers {
            lines.append("\(layer.name.value) \(layer.type.value) \(layer.kind) \(layer.activation.value) \(layer.inputs.map(\.value)) \(layer.trainable)")
        }
        let train = model.train
        lines.append("\(train.epochs) \(train.batchSize) \(train.loss.value) \(train.optimizer) \(train.metrics) \(train.schedule) \(train.evaluateEvery)")
        lines.append("\(String(describing: train.earlyStopping)) \(train.onNaN) \(train.mode) \(train.deterministic)")
        return lines.joined(separator: "\n")
    }
}
