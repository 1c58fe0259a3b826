import Diagnostics

extension CheckContext {
    /// The classes that are trained on first. Nil where something is wrong.
    func buildCurriculum(
        _ curriculum: CheckedObject, _ train: CheckedObject, _ loss: Loss, _ layers: [LayerSpec]?, _ data: DataSpec?, _ epochs: Int
    ) -> CurriculumSpec? {
        if loss != .crossEntropy {
            report(.curriculumNeedsClasses, "a curriculum of classes does not fit the loss `\(loss.rawValue)`", at: curriculum.anchor,
                related: [RelatedPlace(train.location("loss"), "the loss is given here")], help: ["with `loss: cross_entropy` each example has a class"])
            return nil
        }
        checkInterval(curriculum, "for")
        guard let list = curriculum["classes"]?.list, let length = curriculum.span("for") else { return nil }
        if case .epochs(let count) = length, count >= Double(epochs) {
            report(.curriculumNeverEnds, "the other classes would come after \(length.text), and the run has \(epochs)", at: curriculum.location("for"),
                related: [RelatedPlace(train.location("epochs"), "the length of the run is given here")])
        }
        let known = classCount(layers, data)
        var classes: [Int] = []
        for item in list {
            guard case .integer(let number) = item.value else { return nil }
            if let known, number >= known {
                report(.noSuchClass, "there is no class \(number): the classes are 0 to \(known - 1)", at: item.location)
            } else if classes.contains(number) {
                report(.classTwice, "class \(number) is listed twice", at: item.location)
            } else {
                classes.append(number)
            }
        }
        return CurriculumSpec(classes: classes, length: length, location: curriculum.anchor)
    }

    /// As far as the file says.
    private func classCount(_ layers: [LayerSpec]?, _ data: DataSpec?) -> Int? {
        if case .synthetic(let made)? = data?.source { return made.classes }
        for layer in (layers ?? []).reversed() {
            switch layer.kind {
            case .dense(let units, _, _, _): return units
            case .dropout, .batchNormalization, .activation, .flatten: continue
            default: return nil
            }
        }
        return nil
    }
}
