import Model

/// In which order the numbers of each layer's output stand where images are [channels, height, width], as in PyTorch, and not
/// [height, width, channels]: a flattened image then has its numbers in another order, and whatever reads it its columns.
struct ImageOrder {
    /// By layer, where its output is a row: place `i` holds what nnc has at `orders[layer][i]`. Nil where the order is the same.
    let orders: [[Int]?]
    /// Whether images are turned back to nnc's order before they are flattened.
    ///
    /// So it is where rows in two orders are added, or where the network's answer would come in another order.
    let flattensAsStored: Bool

    init(_ layers: [LayerSpec], input: [Int], shapes: [[Int]]) {
        if let orders = Self.orders(layers, input: input, shapes: shapes) {
            (self.orders, flattensAsStored) = (orders, false)
        } else {
            (orders, flattensAsStored) = (layers.map { _ in nil }, true)
        }
    }

    /// Nil where the orders do not go together.
    private static func orders(_ layers: [LayerSpec], input: [Int], shapes: [[Int]]) -> [[Int]?]? {
        var orders: [[Int]?] = []
        for layer in layers {
            func order(_ source: Located<LayerInput>) -> [Int]? { if case .layer(let index) = source.value { orders[index] } else { nil } }
            func shape(_ source: Located<LayerInput>) -> [Int] { if case .layer(let index) = source.value { shapes[index] } else { input } }
            let first = order(layer.inputs[0]), read = shape(layer.inputs[0])
            switch layer.kind {
            case .flatten: orders.append(read.count == 3 ? flattened(read) : first)
            case .dropout, .batchNormalization, .activation: orders.append(first)
            case .dense, .conv2d, .maxPooling2d, .averagePooling2d: orders.append(nil)
            case .add:
                guard layer.inputs.allSatisfy({ order($0) == first }) else { return nil }
                orders.append(first)
            case .concatenate: orders.append(joined(layer.inputs.map { (order($0), shape($0)) }))
            }
        }
        return orders.last == .some(nil) ? orders : nil
    }

    /// By place in [channels, height, width], the place in [height, width, channels].
    private static func flattened(_ image: [Int]) -> [Int]? {
        let places = image[0] * image[1], channels = image[2]
        guard places > 1, channels > 1 else { return nil }
        return (0..<places * channels).map { ($0 % places) * channels + $0 / places }
    }

    private static func joined(_ parts: [(order: [Int]?, shape: [Int])]) -> [Int]? {
        guard parts.contains(where: { $0.order != nil }) else { return nil }
        var joined: [Int] = []
        for part in parts {
            let start = joined.count
            joined += (part.order ?? Array(0..<(part.shape.first ?? 0))).map { start + $0 }
        }
        return joined
    }
}
