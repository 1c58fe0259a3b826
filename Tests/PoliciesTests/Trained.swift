import Foundation
import Graph
import Kernels
import Lowering
import Model
import Runtime
import TestSupport

@testable import Driver

/// A small model file with the given layers, on data that it makes itself.
func modelText(_ layers: String, policies: String = "", optimizer: String = "{ type: adam, learning_rate: 1e-2 }", epochs: Int = 2, batch: Int = 32, shape: String = "[20]", data: String = "{ generator: blobs, train: 300, test: 100, features: 20, classes: 5, noise: 0.5 }") -> String {
    """
    version: 1
    seed: 3
    data: { format: synthetic, synthetic: \(data), validation: 10% }
    \(policies)
    model:
      input: { shape: \(shape) }
      layers:
    \(layers)
    train: { epochs: \(epochs), batch_size: \(batch), loss: cross_entropy, optimizer: \(optimizer), metrics: [accuracy], threads: 2 }
    """
}

/// Two hidden layers with a policy in place on each.
func mlp(
    _ policy: String, output: String = "", units: Int = 30, optimizer: String = "{ type: adam, learning_rate: 1e-2 }", epochs: Int = 2, batch: Int = 32
) -> String {
    let on = policy.isEmpty ? "" : ", policy: { \(policy) }", onOutput = output.isEmpty ? "" : ", policy: { \(output) }"
    return modelText(
        """
            - { name: h1, type: dense, units: \(units), activation: relu, kernel_initializer: he_normal\(on) }
            - { name: h2, type: dense, units: \(units), activation: relu, kernel_initializer: he_normal\(on) }
            - { name: out, type: dense, units: 5, activation: softmax\(onOutput) }
        """, optimizer: optimizer, epochs: epochs, batch: batch)
}

/// Images of bars, with a policy on the convolution.
func cnn(_ policy: String, pooled: Bool = true, epochs: Int = 1, optimizer: String = "{ type: adam, learning_rate: 1e-2 }") -> String {
    let on = policy.isEmpty ? "" : ", policy: { \(policy) }"
    return modelText(
        """
            - { name: c1, type: conv2d, filters: 6, kernel_size: 5, strides: 2, activation: relu }
            - { name: c2, type: conv2d, filters: 8, kernel_size: 3, padding: same, activation: relu\(on) }
        \(pooled ? "    - { type: max_pooling2d, pool_size: 2 }" : "    - { name: scale, type: dropout, rate: 0.1 }")
            - { type: flatten }
            - { name: h, type: dense, units: 16, activation: relu }
            - { name: out, type: dense, units: 2, activation: softmax }
        """, optimizer: optimizer, epochs: epochs, shape: "[28, 28, 1]", data: "{ generator: rectangles, train: 200, test: 50 }")
}

/// Trains a text, and leaves a run directory in the folder if one is given.
func trained(_ text: String, threads: Int = 2, steps: Int? = nil, output: String? = nil) throws -> TrainingOutcome {
    let folder = try TemporaryFolder()
    let file = try folder.write("model.yaml", text)
    return try train(TrainingOptions(
        file: file, overrides: [], threads: threads, output: output, dryRunSteps: output == nil ? steps ?? 1_000_000_000 : steps, progress: .none))
}

extension TrainingOutcome {
    /// The bits of all that lasts, by name.
    var bits: [String: [UInt32]] {
        Dictionary(uniqueKeysWithValues: interpreter.persistentValues.map { value in
            (value.name, (0..<value.numbers.count).map { value.numbers[$0].bitPattern })
        })
    }

    func numbers(_ name: String) -> [Float] {
        interpreter.persistentValues.first { $0.name == name }.map { value in (0..<value.numbers.count).map { value.numbers[$0] } } ?? []
    }
}

let optimizers = [
    "{ type: sgd, learning_rate: 0.05 }", "{ type: sgd, learning_rate: 0.05, weight_decay: 1e-3 }",
    "{ type: momentum, learning_rate: 0.01 }", "{ type: nesterov, learning_rate: 0.01 }", "{ type: adagrad, learning_rate: 0.05 }",
    "{ type: rmsprop, learning_rate: 1e-3 }", "{ type: adam, learning_rate: 1e-2 }", "{ type: adamw, learning_rate: 1e-2, weight_decay: 1e-2 }",
]
