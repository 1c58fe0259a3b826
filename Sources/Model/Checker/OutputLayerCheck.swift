import Diagnostics
import Syntax

extension CheckContext {
    /// Whether the last layer gives what the loss takes.
    func checkOutputLayer(_ layers: [LayerSpec], _ loss: Loss, _ train: CheckedObject) {
        guard let last = layers.last else { return }
        let name = last.name.value
        let lossPlace = [RelatedPlace(train.location("loss"), "the loss is given here")]
        if case .dropout = last.kind {
            report(.outputLayerHasNoUnits, "the last layer, `\(name)`, would hide outputs from the loss", at: last.type.location, help: ["put it before the last dense layer"])
            return
        }
        // Where the activation is written there is something to replace.
        let written = last.activation.location.range(within: last.location)
        let found = last.activation.value.rawValue
        switch (loss, last.activation.value) {
        case (.crossEntropy, .softmax):
            if case .dense(units: 1, _, _, _) = last.kind {
                report(.softmaxOverOneUnit, "softmax over the single unit of `\(name)` is always 1", at: last.activation.location,
                    help: ["two classes take `units: 2`, or `activation: sigmoid` with `loss: binary_cross_entropy`"])
            }
        case (.binaryCrossEntropy, .sigmoid): break
        case (.crossEntropy, _):
            report(.crossEntropyNeedsSoftmax, "`cross_entropy` needs `activation: softmax` in the last layer, and `\(name)` has `\(found)`",
                at: written.map { .range($0) } ?? last.type.location, related: lossPlace, help: help("softmax", last), fix: written.map { Fix($0, "softmax") })
        case (.binaryCrossEntropy, _):
            report(.binaryCrossEntropyNeedsSigmoid, "`binary_cross_entropy` needs `activation: sigmoid` in the last layer, and `\(name)` has `\(found)`",
                at: written.map { .range($0) } ?? last.type.location, related: lossPlace, help: help("sigmoid", last), fix: written.map { Fix($0, "sigmoid") })
        case (.mse, .softmax):
            report(.softmaxNeedsCrossEntropy, "`softmax` goes with `cross_entropy`, and the loss is `\(loss.rawValue)`", at: last.activation.location,
                related: lossPlace, help: ["write `loss: cross_entropy`, or another activation"])
        case (.mse, _): break
        }
    }

    private func help(_ word: String, _ last: LayerSpec) -> [String] {
        switch last.kind {
        case .dense, .activation: ["write `activation: \(word)` in `\(last.name.value)`"]
        default: ["end with `- { type: activation, activation: \(word) }` or a dense layer with `activation: \(word)`"]
        }
    }
}

extension Location {
    /// The range, where it is inside another and smaller: the place of a value that stands in a mapping.
    func range(within outer: Location) -> SourceRange? {
        guard case .range(let own) = self, case .range(let all) = outer, own.source === all.source, own.start > all.start, own.end <= all.end else { return nil }
        return own.text == "type" || Activation(rawValue: own.text) == nil ? nil : own
    }
}
