import AllocationCounter
import Foundation
import TestSupport
import Testing

/// Keeps the optimizer from removing an allocation whose result nobody reads.
@inline(never) private func use(_ value: some Any) {}

@Suite struct AllocationCounterTests {
    @Test func arithmeticAllocatesNothing() {
        var sum = 0
        #expect(allocations(.thisThread) { for i in 0..<1_000 { sum &+= i } } == 0)
        #expect(sum == 499_500)
    }

    @Test(.disabled(if: isAddressSanitized)) func allocationsOfTheSwiftRuntimeCount() {
        var arrays: [[Int]] = []
        arrays.reserveCapacity(10)
        let count = allocations(.thisThread) { for i in 1...10 { arrays.append(Array(repeating: i, count: 100)) } }
        #expect(count == 10)
    }

    @Test(.disabled(if: isAddressSanitized)) func alignedMemoryCountsAndIsAligned() {
        var pointer: UnsafeMutableRawPointer?
        let count = allocations(.thisThread) { pointer = UnsafeMutableRawPointer.allocate(byteCount: 4_096, alignment: 64) }
        #expect(count == 1)
        #expect(pointer.map { Int(bitPattern: $0) % 64 } == 0)
        pointer?.deallocate()
    }

    @Test(.disabled(if: isAddressSanitized)) func otherThreadsCountInTheProcessOnly() async {
        await #expect(processExitsWith: .success) {
            let done = DispatchSemaphore(value: 0)
            let go = DispatchSemaphore(value: 0)
            let thread = Thread {
                go.wait()
                use(Array(repeating: 1.0, count: 1_000))
                done.signal()
            }
            thread.start()
            var ofThread = 0
            let ofProcess = allocations {
                ofThread = allocations(.thisThread) {
                    go.signal()
                    done.wait()
                }
            }
            #expect(ofThread == 0)
            #expect(ofProcess >= 1)
        }
    }

    @Test func aQuietProcessCountsNothing() async {
        await #expect(processExitsWith: .success) {
            var numbers = [Float](repeating: 1, count: 1_000)
            let count = allocations { for i in numbers.indices { numbers[i] *= 2 } }
            #expect(count == 0)
            #expect(numbers[999] == 2)
        }
    }
}
