import Testing

@testable import Kernels

@Suite struct RandomTests {
    @Test func philoxGivesItsAuthorsKnownAnswers() {
        let zero = philox4x32(counter: (0, 0, 0, 0), key: (0, 0))
        #expect(zero == (0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
        let ones = philox4x32(counter: (.max, .max, .max, .max), key: (.max, .max))
        #expect(ones == (0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
        let pi = philox4x32(counter: (0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), key: (0xa409_3822, 0x299f_31d0))
        #expect(pi == (0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
    }

    @Test(arguments: [0, 1, 2, 17, 1000])
    func shuffleIsAPermutation(_ count: Int) {
        let memory = Memory(), indices = memory.ints((0..<count).map(Int32.init))
        shuffle(indices, stream: RandomStream(seed: 7, purpose: .shuffle, index: 0, iteration: 3))
        #expect(indices.array.sorted() == (0..<count).map(Int32.init))
        if count > 10 { #expect(indices.array != (0..<count).map(Int32.init)) }
    }

    @Test func shuffleIsFair() {
        // Each of the six orders of three things, within five standard deviations.
        var counts = [Int](repeating: 0, count: 6)
        for i in 0..<6000 {
            let memory = Memory(), indices = memory.ints([0, 1, 2])
            shuffle(indices, stream: RandomStream(seed: 1, purpose: .shuffle, index: 0, iteration: UInt64(i)))
            counts[Int(indices[0]) * 2 + (indices[1] > indices[2] ? 1 : 0)] += 1
        }
        #expect(counts.allSatisfy { abs($0 - 1000) < 145 })
    }

    @Test func streamsDifferInEveryPart() {
        let streams = [
            RandomStream(seed: 1, purpose: .dropout, index: 0, iteration: 0), RandomStream(seed: 2, purpose: .dropout, index: 0, iteration: 0),
            RandomStream(seed: 1, purpose: .split, index: 0, iteration: 0), RandomStream(seed: 1, purpose: .dropout, index: 1, iteration: 0),
            RandomStream(seed: 1, purpose: .dropout, index: 0, iteration: 1),
            RandomStream(seed: 1, purpose: .dropout, index: 0, iteration: 1 << 40), RandomStream(seed: 1 << 40, purpose: .dropout, index: 0, iteration: 0),
        ]
        #expect(Set(streams.map { $0.uint32(at: 0) }).count == streams.count)
    }

    @Test func fillsHaveTheirMoments() {
        let memory = Memory(), y = memory.floats(count: 100_001)
        let stream = RandomStream(seed: 5, purpose: .initialization, index: 2, iteration: 0)
        fillUniform(y, limit: 0.5, stream: stream)
        #expect(y.array.allSatisfy { $0 >= -0.5 && $0 < 0.5 })
        #expect(abs(sum(y) / 100_001) < 0.005)
        fillTruncatedNormal(y, deviation: 0.1, stream: stream)
        let limit: Float = 0.2 / 0.8796
        #expect(y.array.allSatisfy { abs($0) <= limit })
        let variance = y.array.reduce(0.0) { $0 + Double($1) * Double($1) } / 100_001
        #expect(abs(variance.squareRoot() - 0.1) < 0.001)
    }

    @Test func dropoutKeepsItsShareAndItsChoices() {
        let memory = Memory(), count = 100_003
        let x = memory.floats([Float](repeating: 1, count: count))
        let stream = RandomStream(seed: 5, purpose: .dropout, index: 2, iteration: 9)
        let bits = pools.map { pool in
            let y = memory.floats(count: count)
            dropout(x, y, rate: 0.25, stream: stream, pool)
            return y.bits
        }
        #expect(bits.allSatisfy { $0 == bits[0] })
        let kept = bits[0].filter { $0 != 0 }
        #expect(kept.allSatisfy { Float(bitPattern: $0) == 1 / 0.75 })
        #expect(abs(Double(kept.count) / Double(count) - 0.75) < 0.01)
        // As the words of the stream say, one by one.
        #expect((0..<1000).allSatisfy { (bits[0][$0] == 0) == (stream.uint32(at: $0) < 1 << 30) })
    }
}
