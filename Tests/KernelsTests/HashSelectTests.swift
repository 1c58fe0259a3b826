import CKernels
import Testing

/// The selection by scores, on sizes and scores that nobody chose.
@Suite struct HashSelectTests {
    /// The `k` with the largest scores, and of equal ones those that come last in the order.
    private func sorted(_ scores: [Int], k: Int, words: [UInt32]) -> [Int32] {
        let bits = nnc_order_bits(scores.count)
        let place = scores.indices.map { nnc_unit_order(UInt32($0), bits, words) }
        let order = scores.indices.sorted { (scores[$0], place[$0]) > (scores[$1], place[$1]) }
        return order.prefix(k).sorted().map(Int32.init)
    }

    @Test("the largest, by every processor's code", arguments: 0..<60)
    func select(_ seed: UInt64) {
        var generator = SystemRandomNumberGenerator()
        let units = [1, 2, 15, 16, 17, 100, 1000, 5003].randomElement(using: &generator) ?? 1
        let k = Int.random(in: 1...units, using: &generator), most = [1, 3, 50, 4000].randomElement(using: &generator) ?? 1
        let words = (0..<4).map { _ in UInt32.random(in: 0...UInt32.max, using: &generator) }
        // Some above the most, which count as that.
        let share = Double.random(in: 0...1, using: &generator)
        let scores = (0..<units).map { _ in
            Double.random(in: 0...1, using: &generator) < share ? 0 : Int.random(in: 0...most + 2, using: &generator)
        }
        let expected = sorted(scores.map { min($0, most) }, k: k, words: words)
        let bits = Int32(Int.bitWidth - most.leadingZeroBitCount)
        for select in [nnc_select_scored, nnc_select_scored_plainly] {
            var own = scores.map(UInt16.init), chosen = Array(repeating: Int32(-1), count: k + 1)
            var ties = Array(repeating: Int32(0), count: 2 * (units + 32))
            select(&own, units, k, Int32(most), bits, words, &chosen, &ties)
            #expect(chosen == expected + [-1], "\(units) \(k) \(most)")
        }
        for select in [nnc_select_summed, nnc_select_summed_plainly] {
            var own = scores.map(Int32.init), chosen = Array(repeating: Int32(-1), count: k + 1)
            var ties = Array(repeating: Int32(0), count: 2 * (units + 32))
            select(&own, units, k, Int32(most), bits, words, &chosen, &ties)
            #expect(chosen == expected + [-1], "\(units) \(k) \(most)")
        }
    }

    @Test("the order gives each unit a place of its own", arguments: [1, 2, 3, 16, 100, 1000])
    func order(_ units: Int) {
        let bits = nnc_order_bits(units), words: [UInt32] = [0x1234_5678, 0x9ABC_DEF0, 0x0F1E_2D3C, 0x4B5A_6978]
        let places = (0..<1 << Int(bits)).map { nnc_unit_order(UInt32($0), bits, words) }
        #expect(Set(places).count == 1 << Int(bits) && places.allSatisfy { $0 < 1 << UInt32(bits) })
    }
}
