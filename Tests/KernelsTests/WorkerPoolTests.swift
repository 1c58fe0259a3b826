import Foundation
import Testing

@testable import Kernels

@Suite struct WorkerPoolTests {
    @Test(arguments: [1, 2, 3, 8], [0, 1, 2, 3, 7, 100])
    func everyPieceRunsOnce(_ threads: Int, _ pieces: Int) {
        let pool = WorkerPool(threads: threads)
        let memory = Memory(), runs = memory.ints([Int32](repeating: 0, count: max(1, pieces)))
        // Often enough to meet workers that spin and workers that sleep.
        for round in 0..<200 {
            if round % 50 == 49 { usleep(300) }
            pool.run(pieces: pieces) { piece, thread in
                precondition(thread >= 0 && thread < pool.threads)
                runs[piece] += 1
            }
        }
        #expect((0..<pieces).allSatisfy { runs[$0] == 200 })
    }

    @Test func workersReallyRun() {
        let pool = WorkerPool(threads: 2)
        let memory = Memory(), threads = memory.ints([0, 0])
        pool.run(pieces: 2) { piece, thread in threads[piece] = Int32(thread) }
        #expect(threads.array == [0, 1])
    }

    @Test func aRunInsideARunIsDoneAtOnce() {
        let pool = WorkerPool(threads: 2)
        let memory = Memory(), sums = memory.ints([0, 0])
        pool.run(pieces: 2) { outer, _ in
            pool.run(pieces: 3) { inner, _ in sums[outer] += Int32(inner) }
        }
        #expect(sums.array == [3, 3])
    }

    @Test(arguments: [0, 1, 5, 16, 1000, 65_537])
    func piecesCoverEverythingOnce(_ total: Int) {
        for pool in [pools[0], WorkerPool(threads: 2, deterministic: false)] {
            for (grain, multiple) in [(1, 1), (16, 4), (100, 16)] {
                let pieces = Pieces(of: total, grain: grain, multiple: multiple, pool)
                #expect((0..<pieces.count).flatMap { Array(pieces[$0]) } == Array(0..<total))
            }
        }
    }
}
