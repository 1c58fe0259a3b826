import Foundation
import Lowering
import Model
import Policies
import Testing

/// The files that are shipped as examples.
@Suite struct ExampleTests {
    static let files = (try? FileManager.default.contentsOfDirectory(atPath: checkout.appendingPathComponent("models").path))?.filter { $0.hasSuffix(".yaml") }.sorted() ?? []

    @Test func thereAreSome() { #expect(Self.files.count >= 6) }

    @Test(arguments: files) func examplesCheckWithoutAWord(_ name: String) throws {
        let checking = try Checking(file: checkout.appendingPathComponent("models").appendingPathComponent(name), policies: allPolicies.map { $0.schema })
        #expect(checking.model != nil)
        #expect(checking.diagnostics.isEmpty, "\(checking.said)")
    }

    @Test func baseAndSet() throws {
        let model = try #require(try Checking(file: checkout.appendingPathComponent("models/convex.yaml"), policies: allPolicies.map { $0.schema }).model)
        #expect(model.layers.map(\.name.value) == ["flatten_1", "h_1", "h_2", "out"])
        #expect(model.train.optimizer.learningRate == 0.03)
        guard case .dense(let units, _, _, _) = model.layers[2].kind else { return #expect(Bool(false)) }
        #expect(units == 1000)
        guard case .synthetic(let synthetic)? = model.data?.value.source else { return #expect(Bool(false)) }
        #expect(synthetic.generator == .convex)
        #expect(synthetic.trainExamples == 8000 && synthetic.testExamples == 50000)
        #expect(synthetic.features == 784)
    }
}
