import Foundation
import Runtime
import SwiftProtobuf
import TestSupport
import Testing

@testable import Driver
@testable import Export

/// Trained networks as PyTorch and ONNX have them. That these compute the same is for `Tests/Export/check.py` to see.
@Suite struct ExportTests {
    static let images = """
        version: 1
        name: images
        seed: 4
        data: { format: synthetic, synthetic: { generator: rectangles, train: 60, test: 10 } }
        model:
          input: { shape: [28, 28, 1] }
          layers:
            - { name: c-1, type: conv2d, filters: 3, kernel_size: [3, 2], strides: 2, padding: same, activation: relu }
            - { name: train, type: batch_normalization }
            - { name: pool, type: average_pooling2d, pool_size: 4 }
            - { type: flatten }
            - { name: h, type: dense, units: 5, activation: gelu, policy: { neurons: { type: mask, keep: 3 } } }
            - { name: out, type: dense, units: 2, activation: softmax }
        train: { epochs: 1, batch_size: 20, loss: cross_entropy, optimizer: { type: adam, learning_rate: 1e-2 } }
        """

    static func run(_ folder: TemporaryFolder, _ model: String = images) throws -> String {
        _ = try trained(try folder.write("m.yaml", model), output: folder.path("run"))
        return folder.path("run")
    }

    @Test func safetensorsHaveTorchsNamesAndLayout() throws {
        let folder = try TemporaryFolder(), run = try Self.run(folder)
        let outcome = try exportRun(ExportOptions(run: run, format: .safetensors))
        #expect(outcome.path == run + "/export/images.safetensors")
        let own = try Safetensors(path: run + "/checkpoints/final.safetensors"), file = try Safetensors(path: outcome.path)
        // A layer that is called as an attribute of every module has another name.
        #expect(file.tensors.map(\.name) == [
            "c_1.weight", "c_1.bias", "train_.weight", "train_.bias", "train_.running_mean", "train_.running_var", "train_.num_batches_tracked", "h.weight", "h.bias",
            "out.weight", "out.bias",
        ])
        #expect(file["c_1.weight"]?.shape == [3, 1, 3, 2] && file["h.weight"]?.shape == [3, 27] && file["out.weight"]?.shape == [2, 3])
        #expect(file["train_.num_batches_tracked"]?.dtype == "I64" && file["train_.num_batches_tracked"]?.shape == [])
        #expect(file.metadata["format"] == "pt" && file.metadata["policy.h"] == "neurons: { type: mask, keep: 3, pick: random }" && file.metadata["step"] == "3")
        func numbers(_ file: Safetensors, _ name: String) throws -> [Float] { try file.numbers(try #require(file[name])) }

        // [height, width, channels, filters] → [filters, channels, height, width]
        let kernel = try numbers(own, "c-1.kernel"), weight = try numbers(file, "c_1.weight")
        for y in 0..<3 { for x in 0..<2 { for f in 0..<3 { #expect(weight[(f * 3 + y) * 2 + x] == kernel[(y * 2 + x) * 3 + f]) } } }
        // The flattened image's columns: [3, 3, 3 channels] → [3 channels, 3, 3].
        let columns = try numbers(own, "h.kernel"), turned = try numbers(file, "h.weight")
        for unit in 0..<3 { for place in 0..<9 { for c in 0..<3 { #expect(turned[unit * 27 + c * 9 + place] == columns[unit * 27 + place * 3 + c]) } } }
        #expect(try numbers(file, "out.weight") == numbers(own, "out.kernel"))
        #expect(try numbers(file, "train_.running_var") == numbers(own, "train.moving_variance"))
        #expect(outcome.text.contains("self.c_1 = nn.Conv2d(1, 3, (3, 2), stride=(2, 2))") && outcome.text.contains("F.pad(x, (0, 0, 0, 1))"))
        // The images are bytes.
        #expect(outcome.notes.contains { $0.contains("normalize: unit") && $0.contains("0.0039") } && file.metadata["normalize.shift"] == "0.0")
    }

    @Test func onnxHasTheNetwork() throws {
        let folder = try TemporaryFolder(), run = try Self.run(folder)
        let outcome = try exportRun(ExportOptions(run: run, format: .onnx, output: folder.path("net.onnx")))
        let model = try ONNXModelProto(serializedBytes: try #require(FileManager.default.contents(atPath: outcome.path)))
        #expect(model.irVersion == 10 && model.opsetImport.map(\.version) == [21])
        #expect(model.graph.node.map(\.opType) == ["Transpose", "Conv", "Relu", "BatchNormalization", "AveragePool", "Flatten", "Gemm", "Gelu", "Gemm", "Softmax"])
        #expect(model.graph.node.last?.output == ["output"] && model.graph.input.map(\.name) == ["input"])
        #expect(model.graph.input[0].type.tensorType.shape.dim.map { $0.dimParam.isEmpty ? "\($0.dimValue)" : $0.dimParam } == ["N", "28", "28", "1"])
        #expect(model.graph.node[1].attribute.first { $0.name == "pads" }?.ints == [0, 0, 1, 0])
        #expect(Dictionary(model.metadataProps.map { ($0.key, $0.value) }) { $1 }["policy.h"] == "neurons: { type: mask, keep: 3, pick: random }")
        // The same bytes as in the other format.
        let file = try Safetensors(path: try exportRun(ExportOptions(run: run, format: .safetensors)).path)
        let weight = try #require(model.graph.initializer.first { $0.name == "h.weight" }), turned = try file.numbers(try #require(file["h.weight"]))
        #expect(weight.dims == [3, 27] && weight.rawData == Data(numbers: turned))
    }

    /// `per: auto` alone would not say what the network learned with.
    @Test func metadataSayHowAPolicyWorked() throws {
        let folder = try TemporaryFolder(), run = try Self.run(folder, """
            version: 1
            name: late
            seed: 1
            data: { format: synthetic, synthetic: { generator: blobs, classes: 3, features: 8, train: 60, test: 10 } }
            model:
              layers:
                - { name: h, type: dense, units: 40, activation: relu, strategy: batch, policy: { start: 1 epoch, backward: { type: topk, k: 10% } } }
                - { name: out, type: dense, units: 3, activation: softmax }
            train: { epochs: 2, batch_size: 20, loss: cross_entropy, optimizer: sgd }
            """)
        let file = try Safetensors(path: try exportRun(ExportOptions(run: run, format: .safetensors)).path)
        let text = try #require(file.metadata["policy.h"])
        #expect(text.hasPrefix("backward: { type: topk, k: 10%") && text.hasSuffix(", start: 1 epoch, strategy: batch"), "\(text)")
    }

    @Test func largeWeightsStandBesideTheFile() throws {
        let folder = try TemporaryFolder(), run = try Self.run(folder)
        let network = try checkModel(run + "/model.resolved.yaml").required(on: Console()).exportedNetwork(run + "/checkpoints/final.safetensors")
        let beside = try #require(try network.writeONNX(to: folder.path("net.onnx"), metadata: [], inlineLimit: 0))
        let model = try ONNXModelProto(serializedBytes: try #require(FileManager.default.contents(atPath: folder.path("net.onnx"))))
        let all = try #require(FileManager.default.contents(atPath: beside))
        try network.writeONNX(to: folder.path("inline.onnx"), metadata: [])
        let inline = try ONNXModelProto(serializedBytes: try #require(FileManager.default.contents(atPath: folder.path("inline.onnx"))))
        for (tensor, whole) in zip(model.graph.initializer, inline.graph.initializer) {
            let entries = Dictionary(tensor.externalData.map { ($0.key, $0.value) }) { $1 }
            let offset = try #require(entries["offset"].flatMap { Int($0) }), length = try #require(entries["length"].flatMap { Int($0) })
            #expect(tensor.dataLocation == .external && entries["location"] == "net.onnx.data" && tensor.rawData.isEmpty && offset % 4096 == 0)
            #expect(all[offset..<offset + length] == whole.rawData)
        }
        // The second file is not written over, either.
        #expect(throws: (any Error).self) { try exportRun(ExportOptions(run: run, format: .onnx, output: folder.path("net.onnx"))) }
    }

    /// Where weights are stored by input, and where outputs are computed in part.
    @Test func sparseInputIsDenseInTheFile() throws {
        let folder = try TemporaryFolder()
        let run = try Self.run(folder, """
            version: 1
            name: labels
            data: { format: synthetic, synthetic: { generator: labels, features: 200, labels: 60, train: 100, test: 10 } }
            model:
              layers:
                - { name: h, type: dense, units: 4, activation: relu }
                - { name: out, type: dense, units: 60, activation: softmax, policy: { forward: { type: sampled, active: 20 } } }
            train: { epochs: 1, batch_size: 20, loss: cross_entropy, optimizer: adam }
            """)
        let outcome = try exportRun(ExportOptions(run: run, format: .safetensors))
        let own = try Safetensors(path: run + "/checkpoints/final.safetensors"), file = try Safetensors(path: outcome.path)
        let kernel = try own.numbers(try #require(own["h.kernel"])), weight = try file.numbers(try #require(file["h.weight"]))
        #expect(file["h.weight"]?.shape == [4, 200])
        for unit in 0..<4 { for input in 0..<200 { #expect(weight[unit * 200 + input] == kernel[input * 4 + unit]) } }
        #expect(outcome.notes.contains { $0.contains("`out`") })
    }

    @Test func mistakes() throws {
        let folder = try TemporaryFolder(), run = try Self.run(folder)
        func export(_ arguments: String..., code: Int32 = 2) throws -> String {
            let result = try Program.run(["export"] + arguments)
            #expect(result.code == code, "\(result.messages)")
            return result.messages
        }
        #expect(try export(folder.path("none"), "--to", "onnx").contains("NNC0635"))
        #expect(try export(run, "--to", "onnx", "--checkpoint", "best").contains("NNC0636"))
        #expect(try export(run, "--to", "tflite", code: 64).contains("safetensors"))
        #expect(try export(run, code: 64).contains("--to"))
        #expect(try export(run, "--to", "onnx", code: 0).contains("wrote"))
        #expect(try export(run, "--to", "onnx").contains("NNC0648"))
        #expect(try export(run, "--to", "onnx", "--force", code: 0).contains("wrote"))
        #expect(try export(run, "--to", "onnx", "--output", folder.path, "--force").contains("NNC0648"))
        #expect(try export(run, "--to", "onnx", "--output", folder.path("no/where.onnx"), code: 1).contains("NNC0633"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: run + "/export") == ["images.onnx"])
        // A run that never came to its end has no weights.
        try FileManager.default.removeItem(atPath: run + "/checkpoints/final.safetensors")
        #expect(try export(run, "--to", "safetensors").contains("--checkpoint"))
    }

    /// Without the training examples nobody could make others ready as they were.
    @Test func normalizationIsTold() throws {
        let folder = try TemporaryFolder(), run = folder.path("run")
        let data = try trained(try PredictionTests.table(folder, normalize: "zscore"), output: run).record.data
        #expect(data.scale?.count == 4 && data.shift?.count == 4 && data.shape == [4])
        let outcome = try exportRun(ExportOptions(run: run, format: .safetensors)), metadata = try Safetensors(path: outcome.path).metadata
        #expect(outcome.notes.contains { $0.contains("zscore") } && metadata["normalize"] == "zscore")
        #expect(metadata["normalize.scale"]?.split(separator: ",").compactMap { Float($0) } == data.scale)
    }

    @Test func dataNeedNotBeThere() throws {
        let folder = try TemporaryFolder(), run = folder.path("run")
        _ = try trained(try PredictionTests.table(folder), output: run)
        try FileManager.default.removeItem(atPath: folder.path("train.csv"))
        #expect(try Safetensors(path: try exportRun(ExportOptions(run: run, format: .safetensors)).path)["h1.weight"]?.shape == [16, 4])
    }

    @Test func theFileMayAskForIt() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("m.yaml", Self.images + "\noutput: { export: [safetensors, onnx] }\n")
        let result = try Program.run(["train", file, "--output", folder.path("run"), "--progress", "none"])
        #expect(result.code == 0 && result.messages.contains("images.onnx"), "\(result.messages)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("run/export")).sorted() == ["images.onnx", "images.safetensors"])
    }
}

/// Exported networks and metrics as other programs read them. Needs a Python with numpy, safetensors, onnx, onnxruntime and tensorboard, and with
/// torch for its part, in NNC_PYTHON; what is missing is skipped.
@Suite struct ExportPeerTests {
    static let python = ProcessInfo.processInfo.environment["NNC_PYTHON"]

    @Test(.enabled(if: python != nil, "NNC_PYTHON names no Python")) func othersComputeTheSame() throws {
        let folder = try TemporaryFolder(), process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: try #require(Self.python))
        process.arguments = [Program.root + "/Tests/Export/check.py", Program.path, folder.path]
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(text)")
        for line in text.split(separator: "\n") where line.hasPrefix("skipped") { print(line) }
    }
}
