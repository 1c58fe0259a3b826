import func Foundation.pow
import Lowering

extension HashGather {
    /// Counted on Fashion-MNIST, with 1, 5, 10 and 25 % of 1,000 units active and batches of 128. There the multiplications of a training are predicted within 2 %; on
    /// `convex` and `rectangles`, with batches of 16, too: how different examples are to the first layer lies in the data, and is known of these (`DataFacts.variety`).
    ///
    /// The fewer units an example has, the less they are those of all others. What tables find is partly chance.
    func variety(_ choice: UnitVariety) -> Double? {
        let (factor, exponent): (Double, Double)
        switch (function, choice.readsInput) {
        case (.random, _): return nil
        case (.sketch, true): (factor, exponent) = (3.8, 0.12)
        case (.sketch, false): (factor, exponent) = (5.3, 0.17)
        case (.exact, true): (factor, exponent) = (5.2, 0)
        case (.exact, false): (factor, exponent) = (6.3, 0.15)
        case (.simhash, true): (factor, exponent) = (12.3, 0.35)
        case (.simhash, false): (factor, exponent) = (58, 0.35)
        case (.wta, true): (factor, exponent) = (70, 0.06)
        case (.wta, false): (factor, exponent) = (150, 0.07)
        case (.dwta, true): (factor, exponent) = (16.5, 0.35)
        case (.dwta, false): (factor, exponent) = (65, 0.35)
        }
        return factor * pow(max(choice.share, 1e-6), -exponent)
    }
}
