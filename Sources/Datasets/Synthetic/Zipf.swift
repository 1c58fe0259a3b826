import Foundation

/// Draws 0..<count, rank r with a probability that goes as (r + 1)^-exponent.
struct Zipf: Sendable {
    /// The sums of the first weights.
    private let sums: [Double]

    init(count: Int, exponent: Double) {
        var sum = 0.0
        sums = (1...max(1, count)).map { rank in
            sum += pow(Double(rank), -exponent)
            return sum
        }
    }

    func draw(_ dice: inout Dice) -> Int {
        let wanted = dice.uniform() * (sums.last ?? 0)
        var low = 0, high = sums.count - 1
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] > wanted { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
