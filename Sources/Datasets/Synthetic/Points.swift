import Foundation
import Kernels

/// `blobs`: every class is a normal distribution around a centre, with the same deviation (`noise`) in every
/// direction. Centres are drawn uniformly from the cube [-1, 1]^features, by the seed.
struct BlobCentres {
    private let seed: UInt64
    private let features: Int
    private let noise: Double

    init(_ request: SyntheticRequest, seed: UInt64) {
        self.seed = seed
        features = request.features
        noise = request.noise
    }

    func write(class number: Int, to row: Floats, _ dice: inout Dice) {
        // The centre is drawn again for each example: a stream costs less than a table of all centres.
        var centre = Dice(RandomStream(seed: seed, purpose: .synthetic, index: UInt64(number), iteration: 2))
        for feature in 0..<features {
            row[feature] = Float(centre.uniform(-1, 1) + noise * dice.normal())
        }
    }
}

/// `spirals`: every class is one arm of a spiral around the origin of the plane; the arms are turned against each
/// other by equal angles. A point lies at a uniform distance t in [0, 1) from the origin, turned by a whole turn times
/// t, and is moved by normal noise.
func writeSpiral(class number: Int, of classes: Int, noise: Double, to row: Floats, _ dice: inout Dice) {
    let radius = dice.uniform()
    let angle = 2 * .pi * (Double(number) / Double(classes) + radius)
    row[0] = Float(radius * cos(angle) + noise * dice.normal())
    row[1] = Float(radius * sin(angle) + noise * dice.normal())
}
