import Runtime
import TestSupport
import Testing

@testable import Driver

@Suite struct HiggsLikeTests {
    static let data = "format: synthetic\n  synthetic: { generator: higgs_like, train: 30000, test: 5000 }\n  normalize: zscore"

    func area(_ last: String, loss: String, epochs: Int) throws -> Double {
        let folder = try TemporaryFolder()
        let model = try folder.write("m.yaml", sampleModel(
            data: Self.data, layers: "- { name: h1, type: dense, units: 64, activation: relu }\n    - { name: h2, type: dense, units: 64, activation: relu }\n    - \(last)",
            train: "epochs: \(epochs)\n  batch_size: 100\n  loss: \(loss)\n  optimizer: { type: adam, learning_rate: 2e-3 }\n  metrics: [auc, accuracy]"))
        let scores = try #require(try trained(model).result.scores.first { $0.split == .test }).scores
        #expect(try #require(scores[.accuracy]) > 0.7)
        return try #require(scores[.auc])
    }

    @Test("a small network tells most of the signal from background, and none tells all")
    func aSmallNetworkLearnsIt() throws {
        let area = try area("{ name: out, type: dense, units: 2, activation: softmax }", loss: "cross_entropy", epochs: 6)
        #expect(area > 0.8 && area < 0.88, "\(area)")
    }

    @Test("one sigmoid unit does as well")
    func sigmoid() throws {
        let area = try area("{ name: out, type: dense, units: 1, activation: sigmoid }", loss: "binary_cross_entropy", epochs: 6)
        #expect(area > 0.8 && area < 0.88, "\(area)")
    }
}
