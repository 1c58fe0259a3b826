import Kernels
import Testing

@Suite struct ParticipationRatioTests {
    @Test("as many directions as there are, of equal weight")
    func directions() throws {
        let memory = Memory(), stream = RandomStream(seed: 3, purpose: .synthetic, index: 0, iteration: 0)
        for (directions, columns) in [(1, 7), (4, 33), (20, 40)] {
            let count = 300
            var numbers: [Float] = []
            for row in 0..<count {
                // Far from zero, so that the mean would be the largest direction of all.
                for column in 0..<columns { numbers.append(column < directions ? 5 + stream.uniform(at: row * columns + column) : 5) }
            }
            let ratio = try #require(participationRatio(memory.floats(numbers), count: count))
            #expect(abs(ratio / Double(directions) - 1) < 0.1, "\(ratio) of \(directions)")
        }
    }

    @Test("nothing to say of rows that are equal, few, or no numbers")
    func none() {
        let memory = Memory()
        #expect(participationRatio(memory.floats([Float](repeating: 2, count: 40)), count: 10) == nil)
        #expect(participationRatio(memory.floats([1, 2, 3, 4]), count: 2) == nil)
        #expect(participationRatio(memory.floats([1, .nan, 3, 4, 5, 6]), count: 3) == nil)
        #expect(participationRatio(memory.floats([]), count: 0) == nil)
    }
}
