import func Foundation.pow
import Lowering

// Counted on Fashion-MNIST, on 784-500-500-10 with batches of 32 and 100, in the first epochs. Examples of a class have their gradients at the same units, so far fewer
// rows are touched than by independent choices, and the fewer, the nearer a layer is to the output.

extension Sampled: ChoosesPerExample {
    /// With 1 to 25 % of the entries. At a relu half of the units of each example have no gradient; what is drawn is always among the others.
    func variety(_ choice: UnitVariety) -> Double? {
        (choice.readsInput ? 2.9 : 2.1) * pow(max(choice.share, 1e-6), -0.75) * (choice.isRectified ? 1 : 3.3)
    }
}

extension TopK: ChoosesPerExample {
    /// With 1 to 20 % of the units.
    func variety(_ choice: UnitVariety) -> Double? {
        choice.readsInput ? 7.3 * pow(max(choice.share, 1e-6), -0.4) : 2.5 * pow(max(choice.share, 1e-6), -0.35)
    }
}
