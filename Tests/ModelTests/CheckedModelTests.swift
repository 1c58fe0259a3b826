import Diagnostics
import Model
import Testing

/// What a file that checks comes to as typed values.
@Suite struct CheckedModelTests {
    private func model(layers: String, extra: String = "", train: String = "epochs: 5, loss: cross_entropy, optimizer: adam") throws -> ModelFile {
        let text = "version: 1\n\(extra)model:\n  input: { shape: [8] }\n  layers:\n" + layers.split(separator: "\n").map { "    \($0)\n" }.joined() + "train: { \(train) }\n"
        let checking = Checking(text, policies: Checking.policies)
        return try #require(checking.model, "\(checking.said)")
    }

    @Test func namesByType() throws {
        let model = try model(layers: """
            - { type: dense, units: 8 }
            - { name: dense_2, type: dense, units: 8 }
            - { type: dropout, rate: 0.5 }
            - { type: dense, units: 8 }
            - { type: dense, units: 2, activation: softmax }
            """)
        #expect(model.layers.map(\.name.value) == ["dense_1", "dense_2", "dropout_1", "dense_3", "dense_4"])
        #expect(model.layers.map { $0.inputs.map(\.value) } == [[.input], [.layer(0)], [.layer(1)], [.layer(2)], [.layer(3)]])
    }

    @Test func copiesAndBranches() throws {
        let model = try model(layers: """
            - { name: first, type: dense, units: 8 }
            - { name: h, type: dense, units: 8, repeat: 3, inputs: [first] }
            - { name: skip, type: dense, units: 8, inputs: [h_1] }
            - { name: sum, type: add, inputs: [h, skip, input] }
            - { type: dense, units: 8, repeat: 2 }
            - { name: out, type: dense, units: 2, activation: softmax, inputs: [dense_2] }
            """)
        #expect(model.layers.map(\.name.value) == ["first", "h_1", "h_2", "h_3", "skip", "sum", "dense_1", "dense_2", "out"])
        #expect(model.layers.map { $0.inputs.map(\.value) } == [
            [.input], [.layer(0)], [.layer(1)], [.layer(2)], [.layer(1)], [.layer(3), .layer(4), .input], [.layer(5)], [.layer(6)], [.layer(7)],
        ])
    }

    @Test func defaultsByType() throws {
        let model = try model(
            layers: """
                - { type: dense, units: 8 }
                - { type: dense, units: 8, activation: tanh, policy: none }
                - { type: dense, units: 2, activation: softmax, use_bias: true, policy: { backward: { type: some_entries, k: 3 } } }
                """,
            extra: "defaults: { dense: { activation: relu, use_bias: false, policy: sparse } }\npolicies: { sparse: { forward: { type: some_units, active: 5% }, start: 2 epochs } }\n")
        #expect(model.layers.map(\.activation.value) == [.relu, .tanh, .softmax])
        let biases = model.layers.map { layer in if case .dense(_, let bias, _, _) = layer.kind { bias } else { false } }
        #expect(biases == [false, false, true])
        #expect(model.layers.map { $0.policies.map(\.slot) } == [[.forward], [], [.backward]])
        #expect(model.layers[0].policies.first?.start == .epochs(2))
        #expect(model.layers[0].policies.first?.type.value == "some_units")
        #expect(model.layers[2].policies.first?.fields.integer("k") == 3)
    }

    @Test func sizesOfWindows() throws {
        let model = try model(layers: """
            - { type: conv2d, filters: 4, kernel_size: [5, 3], strides: 2, padding: same }
            - { type: max_pooling2d, pool_size: 3 }
            - { type: average_pooling2d, strides: [1, 2] }
            - { type: flatten }
            - { type: dense, units: 2, activation: softmax }
            """)
        guard case .conv2d(4, let kernel, let strides, .same, true, .glorotUniform, .zeros) = model.layers[0].kind,
            case .maxPooling2d(let first, let firstStrides, .valid) = model.layers[1].kind, case .averagePooling2d(let second, let secondStrides, .valid) = model.layers[2].kind
        else { return #expect(Bool(false)) }
        #expect([kernel, strides, first, firstStrides, second, secondStrides] == [[5, 3], [2, 2], [3, 3], [3, 3], [2, 2], [1, 2]])
    }

    @Test func settingsOfTraining() throws {
        let train = """
            epochs: 5, batch_size: 16, loss: cross_entropy, optimizer: { type: nesterov, momentum: 0.5 }, metrics: [accuracy], max_time: 2 minutes,
              learning_rate_schedule: { type: step, every: 50 steps }, early_stopping: { monitor: train.loss, patience: 2, min_delta: 0.1 },
              checkpoint: { every: 640 examples, best: train.accuracy }, threads: 2, on_nan: continue
            """
        let model = try model(layers: "- { type: dense, units: 2, activation: softmax }", train: train)
        #expect(model.train.optimizer == OptimizerSpec(kind: .nesterov, learningRate: 0.01, momentum: 0.5))
        #expect(model.train.schedule == .step(every: .steps(50), factor: 0.1))
        #expect(model.train.maxTime == 120)
        #expect(model.train.earlyStopping?.minimumDelta == 0.1)
        #expect(model.train.checkpoint?.every == .examples(640))
        #expect(model.train.checkpoint?.best == MonitoredMetric(split: .train, metric: .accuracy))
        #expect(model.train.onNaN == .continue)
    }

    @Test func metricsByLoss() throws {
        #expect(try model(layers: "- { type: dense, units: 2, activation: softmax }").train.metrics == [.accuracy])
        #expect(try model(layers: "- { type: dense, units: 2 }", train: "epochs: 1, loss: mse, optimizer: sgd").train.metrics == [])
        #expect(try model(layers: "- { type: dense, units: 2 }\n- { type: activation, activation: sigmoid }", train: "epochs: 1, loss: binary_cross_entropy, optimizer: sgd").train.metrics == [])
    }

    /// A fix that is offered makes its problem go away.
    @Test(arguments: [
        ("validation: 10%", "validation: 0.05"), ("batch_size: 8", "batch_sise: 8"), ("epochs: 5", "epochs: 5.0"), ("deterministic: true", "deterministic: yes"),
        ("optimizer: adam", "optimizer: Adam"), ("monitor: validation.loss", "monitor: val_loss"), ("activation: softmax", "activation: relu"), ("version: 1", "version: v1"),
        ("metrics: [accuracy]", "metrics: accuracy"), ("every: 1 epoch", "every: 1 epoc"), ("units: 10", "units: \"10\""), ("type: dense", "type: Linear"),
    ])
    func fixesPutThingsRight(_ right: String, _ wrong: String) throws {
        let good = """
            version: 1
            data: { dataset: fashion_mnist, validation: 10% }
            model: { layers: [{ type: flatten }, { type: dense, units: 10, activation: softmax }] }
            train:
              epochs: 5
              batch_size: 8
              loss: cross_entropy
              optimizer: adam
              metrics: [accuracy]
              deterministic: true
              early_stopping: { monitor: validation.loss, patience: 2 }
              evaluate: { every: 1 epoch }
            """
        #expect(Checking(good).diagnostics.isEmpty)
        var bytes = Array(good.replacing(right, with: wrong).utf8)
        let before = Checking(String(decoding: bytes, as: UTF8.self))
        let fix = try #require(before.diagnostics.first?.fix, "\(before.said)")
        #expect(before.diagnostics.count == 1, "\(before.said)")
        bytes.replaceSubrange(fix.range.start..<fix.range.end, with: fix.replacement.utf8)
        let after = Checking(String(decoding: bytes, as: UTF8.self))
        #expect(after.diagnostics.isEmpty, "\(after.said)")
    }
}
