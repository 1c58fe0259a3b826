import Datasets
import Diagnostics
import Model
import Runtime

extension Curriculum {
    /// What the file asks for, as positions in the training split. Nil where it asks for nothing.
    init?(_ model: ModelFile, _ train: Split) throws(DiagnosticError) {
        guard let spec = model.train.curriculum else { return nil }
        let classes = Set(spec.classes)
        let examples = (0..<train.count).filter { train.label(of: $0).map(classes.contains) ?? false }.map { Int32(truncatingIfNeeded: $0) }
        guard !examples.isEmpty else {
            throw DiagnosticError(Diagnostic(
                .noExampleOfClasses, "no training example is of one of the classes of the curriculum", at: spec.location,
                help: ["there are \(train.count) training examples"]))
        }
        let stepsPerEpoch = model.train.stepsPerEpoch(examples: train.count)
        self.init(examples: examples, steps: spec.length.steps(stepsPerEpoch: stepsPerEpoch, batchSize: model.train.batchSize))
    }
}
