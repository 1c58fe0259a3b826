import Foundation
import Kernels

/// The words of one made document after the other, counted by feature.
struct SyntheticWords {
    private let made: SyntheticLabels
    /// A table of features with open addressing: -1 where a slot is free.
    private var slots: [Int32]
    private var times: [Int32]
    /// The slots in use.
    private var used: [Int] = []
    /// Feature and count of each word, to be sorted.
    private var sorted: [UInt64] = []
    private var weights: [Double] = []
    private var labels: [Int32] = []
    private var prototypes: [(features: [Int32], sums: [Double])] = []

    init(_ made: SyntheticLabels) {
        self.made = made
        var size = 64
        while size < 4 * made.featuresPerExample { size *= 2 }
        slots = [Int32](repeating: -1, count: size)
        times = [Int32](repeating: 0, count: size)
    }

    mutating func write(row: Range<Int>, labels places: Range<Int>, to arrays: SparseArrays, _ dice: inout Dice) {
        drawLabels(places.count, &dice)
        for (place, label) in zip(places, labels) { arrays.labels[place] = label }
        drawWords(row.count, &dice)
        sorted.removeAll(keepingCapacity: true)
        for slot in used {
            sorted.append(UInt64(slots[slot]) << 32 | UInt64(times[slot]))
            slots[slot] = -1
        }
        used.removeAll(keepingCapacity: true)
        sorted.sort()
        weights.removeAll(keepingCapacity: true)
        var squares = 0.0
        for word in sorted {
            let weight = (1 + log(Double(word & 0xFFFF_FFFF))) * Double(made.rarity[Int(word >> 32)])
            weights.append(weight)
            squares += weight * weight
        }
        let scale = 1 / squares.squareRoot()
        for (index, place) in row.enumerated() {
            arrays.columns[place] = Int32(truncatingIfNeeded: sorted[index] >> 32)
            arrays.values[place] = Float(weights[index] * scale)
        }
    }

    /// Different ones, in their order.
    private mutating func drawLabels(_ count: Int, _ dice: inout Dice) {
        labels.removeAll(keepingCapacity: true)
        while labels.count < count {
            var rank = made.labelRanks.draw(&dice)
            // Where few labels have nearly all the weight, the next in rank is taken after some draws.
            var tries = 0
            while labels.contains(made.labelOrder[rank]) {
                tries += 1
                rank = tries < 20 ? made.labelRanks.draw(&dice) : (rank + 1) % made.labels
            }
            labels.append(made.labelOrder[rank])
        }
        labels.sort()
        prototypes.removeAll(keepingCapacity: true)
        for label in labels { prototypes.append(made.prototype(Int(label))) }
    }

    /// Until there are `count` different ones.
    private mutating func drawWords(_ count: Int, _ dice: inout Dice) {
        var draws = 0
        while used.count < count {
            draws += 1
            var feature: Int32
            if dice.uniform() < SyntheticLabels.prototypeShare {
                let prototype = dice.whole(0, prototypes.count - 1)
                let wanted = dice.uniform() * (prototypes[prototype].sums.last ?? 0)
                let place = prototypes[prototype].sums.firstIndex { $0 > wanted } ?? 0
                feature = prototypes[prototype].features[place]
            } else {
                feature = made.featureOrder[made.featureRanks.draw(&dice)]
            }
            // Where a row has nearly all features there are, chance alone would not find the last ones.
            let isNew = draws > 20 * count + 100
            while !take(feature, onlyNew: isNew) { feature = (feature + 1) % Int32(made.features) }
        }
    }

    /// Counts a word; false, where it had to be a new one and is not.
    private mutating func take(_ feature: Int32, onlyNew: Bool) -> Bool {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: UInt32(bitPattern: feature) &* 0x9E37_79B1) & mask
        while slots[slot] >= 0, slots[slot] != feature { slot = (slot + 1) & mask }
        if slots[slot] == feature {
            if onlyNew { return false }
            times[slot] += 1
        } else {
            slots[slot] = feature
            times[slot] = 1
            used.append(slot)
        }
        return true
    }
}
