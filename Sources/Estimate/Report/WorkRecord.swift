import Graph

/// The `work` object of `run.json` and of `nnc estimate --format json`: for each layer and each slot the
/// multiplications and additions of the whole run, as dense training would need, as predicted, and as counted.
///
/// A stable interface: keys are added, never renamed.
public struct WorkRecord: Codable, Sendable, Hashable {
    public struct Amounts: Codable, Sendable, Hashable {
        public var dense: Int
        public var predicted: Int
        /// The least and the most, where the prediction depends on the data.
        public var lower: Int?
        public var upper: Int?
        /// Absent where nothing has run.
        public var counted: Int?
    }

    public struct Operations: Codable, Sendable, Hashable {
        public var multiplications: Amounts
        public var additions: Amounts
        public var comparisons: Amounts
    }

    public struct Slots: Codable, Sendable, Hashable {
        public var forward: Operations
        public var backwardInput: Operations
        public var backwardWeights: Operations
        public var update: Operations
        public var overhead: Operations

        public subscript(slot: Slot) -> Operations {
            switch slot {
            case .forward: forward
            case .backwardInput: backwardInput
            case .backwardWeights: backwardWeights
            case .update: update
            case .overhead: overhead
            }
        }

        init(dense: SlotWork, predicted: SlotWork, lower: SlotWork, upper: SlotWork, counted: SlotWork?) {
            func operations(_ slot: Slot) -> Operations {
                func amounts(_ number: (Work) -> Int) -> Amounts {
                    let least = number(lower[slot]), most = number(upper[slot])
                    return Amounts(
                        dense: number(dense[slot]), predicted: number(predicted[slot]), lower: least == most ? nil : least,
                        upper: least == most ? nil : most, counted: counted.map { number($0[slot]) })
                }
                return Operations(multiplications: amounts(\.allMultiplications), additions: amounts(\.additions), comparisons: amounts(\.comparisons))
            }
            forward = operations(.forward)
            backwardInput = operations(.backwardInput)
            backwardWeights = operations(.backwardWeights)
            update = operations(.update)
            overhead = operations(.overhead)
        }
    }

    public struct Layer: Codable, Sendable, Hashable {
        public var name: String
        public var type: String
        public var output: String
        public var parameters: Int
        public var slots: Slots
    }

    public var layers: [Layer]
    public var total: Slots

    /// - Parameters:
    ///   - dense: the same network without policies, layer by layer.
    ///   - counted: by layer, as the interpreter gives it.
    public init(_ estimate: Estimate, dense: Estimate? = nil, counted: [SlotWork]? = nil) {
        let twin = dense ?? estimate
        layers = estimate.layers.enumerated().map { index, layer in
            Layer(
                name: layer.name, type: layer.type, output: layer.output.text, parameters: layer.parameters,
                slots: Slots(
                    dense: index < twin.layers.count ? twin.layers[index].run : SlotWork(), predicted: layer.run, lower: layer.lower, upper: layer.upper,
                    counted: counted.map { index < $0.count ? $0[index] : SlotWork() }))
        }
        total = Slots(
            dense: twin.run, predicted: estimate.run, lower: estimate.lower, upper: estimate.upper, counted: counted.map { $0.reduce(SlotWork(), +) })
    }

    /// Whether the interpreter did exactly what was predicted.
    public var isExact: Bool { all { $0.counted == $0.predicted } }

    /// Whether it stayed between the least and the most, where the prediction is a range, and was exact elsewhere.
    public var isInRange: Bool {
        all { amounts in
            guard let counted = amounts.counted, let lower = amounts.lower, let upper = amounts.upper else { return amounts.counted == amounts.predicted }
            return lower <= counted && counted <= upper
        }
    }

    private func all(_ holds: (Amounts) -> Bool) -> Bool {
        (layers.map(\.slots) + [total]).allSatisfy { slots in
            Slot.allCases.allSatisfy { holds(slots[$0].multiplications) && holds(slots[$0].additions) }
        }
    }
}
