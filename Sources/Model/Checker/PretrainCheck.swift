import Diagnostics
import Syntax

extension CheckContext {
    /// The pre-training, and whether the layers and the data are such as it needs.
    ///
    /// - Parameters:
    ///   - layers: nil where they could not be read; then nothing is said about them.
    ///   - batchSize: of the training itself.
    func buildPretrain(_ pretrain: CheckedObject, layers: [LayerSpec]?, data: DataSpec?, batchSize: Int?) -> PretrainSpec? {
        let location = pretrain.type?.location ?? pretrain.anchor
        if let data, data.isSparse {
            report(.sparseNotPretrained, "pre-training reads examples as a whole, and those of the data are sparse", at: location, help: ["take `pretrain` out"])
            return nil
        }
        if let layers { checkLayers(layers, location) }
        let visible: PretrainSpec.Visible? = pretrain.word("visible")
        if let visible, let data { checkVisible(visible, data, pretrain) }
        guard !pretrain.entries.contains(where: \.checked.isInvalid), let visible, let epochs = pretrain.integer("epochs"), let steps = pretrain.integer("cd"),
            let rate = pretrain.number("learning_rate"), let momentum = pretrain.number("momentum"), let decay = pretrain.number("weight_decay"),
            let batchSize = pretrain.integer("batch_size") ?? batchSize
        else { return nil }
        return PretrainSpec(
            epochs: epochs, chainSteps: steps, learningRate: rate, momentum: momentum, weightDecay: decay, batchSize: batchSize, visible: visible,
            location: location)
    }

    private func checkLayers(_ layers: [LayerSpec], _ location: Location) {
        let pretrain = [RelatedPlace(location, "pre-training is asked for here")]
        for index in layers.chainBelowOutput {
            let layer = layers[index], name = layer.name.value
            switch layer.kind {
            case .flatten, .dropout: continue
            case .dense:
                guard layer.activation.value != .sigmoid else { continue }
                let written = layer.activation.location.range(within: layer.location)
                report(.pretrainNeedsSigmoid, "pre-training needs `activation: sigmoid`, and `\(name)` has `\(layer.activation.value.rawValue)`",
                    at: written.map { .range($0) } ?? layer.type.location, related: pretrain, help: ["write `activation: sigmoid` in `\(name)`"],
                    fix: written.map { Fix($0, "sigmoid") })
            default:
                report(.pretrainNeedsDense, "pre-training goes through dense layers only, and `\(name)` is \(layer.type.value.withArticle) layer",
                    at: layer.type.location, related: pretrain, help: ["take out the layer, or `pretrain`"])
                return
            }
        }
        if layers.pretrained.isEmpty {
            report(.nothingToPretrain, "there is no dense layer below the output layer to pre-train", at: location, help: ["put one before the last layer, or take `pretrain` out"])
        }
    }

    private func checkVisible(_ visible: PretrainSpec.Visible, _ data: DataSpec, _ pretrain: CheckedObject) {
        let place = pretrain["visible"]?.location ?? pretrain.type?.location ?? pretrain.anchor
        switch visible {
        case .gaussian where data.normalization != .zscore:
            report(.gaussianNeedsZscore, "Gaussian visible units expect data of mean 0 and variance 1, and `normalize` is `\(data.normalization.rawValue)`", at: place,
                help: ["write `normalize: zscore` under `data`"])
        case .bernoulli:
            guard let (reason, help) = whyNotShares(data) else { return }
            report(.bernoulliNeedsShares, "Bernoulli visible units take numbers between 0 and 1, and \(reason)", at: place, help: [help])
        default: return
        }
    }

    /// Why the features are not all between 0 and 1, and what to do; nil where they are, or where only the data can tell.
    private func whyNotShares(_ data: DataSpec) -> (reason: String, help: String)? {
        if data.normalization == .zscore { return ("`normalize: zscore` makes others", "write `visible: gaussian`") }
        switch data.source {
        case .synthetic(let made) where ![.rectangles, .convex].contains(made.generator):
            return ("those of `\(made.generator.rawValue)` lie around 0", "write `visible: gaussian`, and `normalize: zscore` under `data`")
        case .known where data.normalization == .none, .files(format: .cifar10, _, _) where data.normalization == .none,
            .files(format: .cifar100, _, _) where data.normalization == .none:
            return ("`normalize: none` leaves bytes as they are, from 0 to 255", "write `normalize: unit` under `data`")
        default: return nil
        }
    }
}
