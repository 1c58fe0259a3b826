import Diagnostics
import Model
import Testing

@Suite struct CompositionTests {
    static let base = """
        version: 1
        data: { dataset: fashion_mnist, validation: 10%, limit: 100 }
        defaults: { dense: { activation: relu }, dropout: { rate: 0.5 } }
        model:
          input: { shape: [784] }
          layers:
            - { name: h1, type: dense, units: 64 }
            - { type: dropout }
            - { type: dense, units: 10, activation: softmax }
        train: { epochs: 5, loss: cross_entropy, optimizer: adam }
        """

    @Test func aBlockReplacesTheBlockOfTheBase() throws {
        let checking = Checking("extends: base.yaml\ndata: { dataset: mnist }\n", files: ["base.yaml": Self.base])
        let model = try #require(checking.model, "\(checking.said)")
        #expect(model.data?.value.limit == nil)
        #expect(model.data?.value.validation == nil)
        #expect(model.layers.count == 3)
    }

    @Test func defaultsJoinEntryByEntry() throws {
        let checking = Checking("extends: base.yaml\ndefaults: { dense: { use_bias: false } }\n", files: ["base.yaml": Self.base])
        let model = try #require(checking.model, "\(checking.said)")
        #expect(model.layers[0].activation.value == .linear)
        guard case .dense(_, let bias, _, _) = model.layers[0].kind, case .dropout(let rate) = model.layers[1].kind else { return #expect(Bool(false)) }
        #expect(!bias)
        #expect(rate == 0.5)
    }

    @Test func theLaterOneWins() throws {
        let text = "extends: base.yaml\nset: { train.epochs: 6, model.layers.h1.units: 65, model.layers.dense_1.units: 12, train.optimizer.learning_rate: 0.5 }\n"
        let checking = Checking(text, sets: ["train.epochs=7", "train.epochs=8", "name=other", "data.validation=20%"], files: ["base.yaml": Self.base])
        let model = try #require(checking.model, "\(checking.said)")
        #expect(model.train.epochs == 8)
        #expect(model.name == "other")
        #expect(model.train.optimizer.kind == .adam)
        #expect(model.train.optimizer.learningRate == 0.5)
        guard case .dense(65, _, _, _) = model.layers[0].kind, case .dense(12, _, _, _) = model.layers[2].kind else { return #expect(Bool(false)) }
        guard case .amount(.share(0.2))? = model.data?.value.validation?.value else { return #expect(Bool(false)) }
    }

    @Test func pathsAreRelativeToTheirFile() throws {
        let base = Self.base.replacing("data: { dataset: fashion_mnist, validation: 10%, limit: 100 }", with: "data: { format: csv, train: { features: a.csv } }")
        let checking = Checking("extends: ../shared/base.yaml\noutput: { directory: here }\n", files: ["../shared/base.yaml": base])
        let model = try #require(checking.model, "\(checking.said)")
        guard case .files(_, let train, _)? = model.data?.value.source else { return #expect(Bool(false)) }
        #expect(train.features.map(\.value) == ["../shared/a.csv"])
        #expect(model.output.directory.value == "here")
    }

    @Test func tooManyBases() {
        var files: [String: String] = [:]
        for level in 1...20 { files["\(level).yaml"] = "extends: \(level + 1).yaml\n" }
        files["21.yaml"] = Self.base
        #expect(Checking("extends: 1.yaml\n", files: files).ids == ["NNC0141"])
        files["10.yaml"] = Self.base
        #expect(Checking("extends: 1.yaml\n", files: files).model != nil)
    }

    @Test func placesInAnArgument() throws {
        let checking = Checking("extends: base.yaml\n", sets: ["train.epochs= many"], files: ["base.yaml": Self.base])
        guard case .range(let range)? = checking.diagnostics.first?.location else { return #expect(Bool(false)) }
        #expect(range.source.path == "--set")
        #expect(range.start == 14 && range.end == 18)
    }
}
