import Graph
import Lowering
import Testing

@Suite struct PassTests {
    /// Each optional pass may be left out, and all of them: the network learns the same, up to rounding.
    @Test(arguments: Networks.all.map(\.1))
    func optionalPassesKeepTheMeaning(yaml: String) throws {
        let model = try Networks.model(yaml)
        let width = Networks.facts(model).shape.reduce(1, *)
        let optional = pipeline.filter(\.isOptional).map(\.name)
        let expected = try trained(Networks.lowered(yaml), width: width, steps: 4)
        for skip in optional.map({ Set([$0]) }) + [Set(optional)] {
            let actual = try trained(Networks.lowered(yaml, skip: skip), width: width, steps: 4)
            for value in expected {
                let other = try #require(actual.first { $0.name == value.name })
                let difference = zip(value.numbers, other.numbers).map { abs($0 - $1) }.max() ?? 0
                #expect(difference < 2e-5, "\(value.name) without \(skip.sorted())")
            }
        }
    }

    @Test func poolingSkipsThreeQuartersOfTheBackwardProducts() throws {
        func work(_ skip: Set<String>) throws -> SlotWork {
            let plan = try Networks.lowered(Networks.cnn, skip: skip).phases[0].train
            return plan.workByLayer(batch: 16)[2]
        }
        let fused = try work([]), plain = try work(["fuse-pooling-gradients"])
        #expect(plain.backwardInput.gemm == 4 * fused.backwardInput.gemm)
        #expect(plain.backwardWeights.gemm == 4 * fused.backwardWeights.gemm)
        #expect(plain.forward.gemm == fused.forward.gemm)
    }

    @Test func plainDescentKeepsNoGradient() throws {
        let plan = try Networks.lowered(Networks.mlp).phases[0].train
        #expect(!plan.graph.nodes.contains { $0.operation.name == "sgd_update" || $0.operation.name == "sgd" })
        #expect(plan.graph.nodes.filter { $0.operation.name == "dense_update" }.count == 3)
    }

    @Test func aFrozenLayerHasNoBackwardWork() throws {
        let yaml = Networks.mlp.replacing("units: 33, activation: relu", with: "units: 33, activation: relu, trainable: false")
        let layers = try Networks.lowered(yaml).phases[0].train.workByLayer(batch: 16)
        #expect(layers[0].backwardWeights == Work() && layers[0].update == Work())
        // Nothing below the second layer is trained, so its input needs no cotangent.
        #expect(layers[1].backwardInput.gemm == 0)
        #expect(layers[1].backwardWeights.gemm > 0)
    }
}
