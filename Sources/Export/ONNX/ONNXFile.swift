import Foundation
import Runtime
import SwiftProtobuf

extension ExportedNetwork {
    /// Bytes of weights up to which they stand in the file itself; above, in a second one beside it, `model.onnx.data`.
    ///
    /// A message ends at 2 GiB, and needs its own size in memory twice while it is written.
    public static let largestInlineONNX = 1 << 30

    /// Writes the network for inference: IR 10, opset 21, input `input` [N, …] as nnc has it, output `output` [N, outputs].
    ///
    /// - Parameter inlineLimit: see ``largestInlineONNX``.
    /// - Returns: the path of the file of weights, where there is one.
    @discardableResult
    public func writeONNX(to path: String, metadata: [(String, String)], inlineLimit: Int = largestInlineONNX) throws(FileError) -> String? {
        let graph = ONNXGraph(self)
        let bytes = graph.weights.reduce(0) { $0 + 4 * $1.shape.reduce(1, *) }
        let external = bytes > inlineLimit ? path + ".data" : nil
        var model = ONNXModelProto()
        model.irVersion = 10
        model.opsetImport = [.with { $0.version = 21 }]
        model.producerName = "nnc"
        model.metadataProps = metadata.map { entry in .with { ($0.key, $0.value) = entry } }
        model.graph.name = name
        model.graph.node = graph.nodes
        model.graph.input = [.floats("input", inputShape)]
        model.graph.output = [.floats("output", layers.last?.shape ?? [])]
        if let external {
            model.graph.initializer = try Self.write(graph.weights, besides: external)
        } else {
            for weight in graph.weights {
                let numbers = try weight.numbers()
                model.graph.initializer.append(.floats(weight.name, weight.shape) { $0.rawData = Data(numbers: numbers) })
            }
        }
        let message: [UInt8]
        do { message = try model.serializedBytes() } catch { throw FileError(path: path, reason: "the network does not fit into a message: \(error)") }
        model = ONNXModelProto()
        var file = try OutputFile(path)
        try file.write(message)
        try file.finish()
        return external
    }

    /// The weights one after the other, each from a page's beginning, so that they can be mapped.
    private static func write(_ weights: [ONNXGraph.Weight], besides path: String) throws(FileError) -> [ONNXTensorProto] {
        let page = 4096, name = (path as NSString).lastPathComponent
        var file = try OutputFile(path), offset = 0
        var tensors: [ONNXTensorProto] = []
        for weight in weights {
            let gap = (page - offset % page) % page
            try file.write([UInt8](repeating: 0, count: gap))
            let numbers = try weight.numbers(), start = offset + gap
            try file.write(numbers)
            offset = start + 4 * numbers.count
            tensors.append(.floats(weight.name, weight.shape) { tensor in
                tensor.dataLocation = .external
                tensor.externalData = [("location", name), ("offset", String(start)), ("length", String(4 * numbers.count))].map { entry in
                    .with { ($0.key, $0.value) = entry }
                }
            })
        }
        try file.finish()
        return tensors
    }
}

/// ONNX's number for float32.
private let float32: Int32 = 1

extension ONNXTensorProto {
    fileprivate static func floats(_ name: String, _ shape: [Int], _ fill: (inout Self) -> Void) -> Self {
        .with {
            ($0.name, $0.dataType, $0.dims) = (name, float32, shape.map(Int64.init))
            fill(&$0)
        }
    }
}

extension ONNXValueInfoProto {
    /// One such array for each of N examples.
    fileprivate static func floats(_ name: String, _ shape: [Int]) -> Self {
        .with {
            $0.name = name
            $0.type.tensorType.elemType = float32
            $0.type.tensorType.shape.dim = [.with { $0.dimParam = "N" }] + shape.map { size in .with { $0.dimValue = Int64(size) } }
        }
    }
}
