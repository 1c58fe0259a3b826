import Foundation
import Graph
import Kernels
import Lowering
import Runtime
import TestSupport
import Testing

@testable import Driver

/// Taking units out of a sum is exact where it says so.
@Suite struct SumExactnessTests {
    static let listed = [0, 2, 3, 7]

    /// A mask of the listed units on a residual network, and the same network without it in which nobody reads the others.
    private static func pair(_ layers: String, _ folder: borrowing TemporaryFolder, optimizer: String) throws -> (masked: StandingNetwork, dense: StandingNetwork) {
        let list = try folder.write("units.txt", listed.map(String.init).joined(separator: " "))
        let masked = try StandingNetwork(SumTests.text(layers, "neurons: { type: mask, pick: file, file: \(list) }", optimizer: optimizer))
        let dense = try StandingNetwork(SumTests.text(layers.replacing(", policy: { POLICY }", with: ""), "", optimizer: optimizer))
        let model = dense.prepared.model, graph = dense.interpreter.schedule.phases[0].train.graph
        let readers = UnitReaders(model, graph: graph, of: 0)
        for reader in readers.readers {
            for value in dense.interpreter.persistentValues where value.layer == reader.layer {
                guard case .parameter = value.role, let axis = value.axes.firstIndex(of: .inputs) else { continue }
                let inner = value.type.shape[(axis + 1)...].reduce(1, *), inputs = value.type.shape[axis]
                for i in 0..<value.numbers.count {
                    if let unit = reader.units[i / inner % inputs], !listed.contains(unit) { value.numbers[i] = 0 }
                }
            }
        }
        return (masked, dense)
    }

    @Test("a step of the network without some units is the dense one's, restricted", arguments: ["{ type: sgd, learning_rate: 0.1 }", "{ type: adam, learning_rate: 0.01 }"])
    func gradients(optimizer: String) throws {
        // Dropout draws by place, so units that move would get other masks.
        for layers in [SumTests.blocks.replacing("rate: 0.1", with: "rate: 0"), SumTests.images] {
            let folder = try TemporaryFolder()
            let (masked, dense) = try Self.pair(layers, folder, optimizer: optimizer)
            let graph = dense.interpreter.schedule.phases[0].train.graph, model = dense.prepared.model
            _ = try #require(masked.course).reshape(masked.interpreter, step: 0)
            #expect(zip(masked.outputs(), dense.outputs()).allSatisfy { abs($0 - $1) < 1e-5 })
            let group = masked.prepared.options.policies.entries[0].group
            #expect(group.count > 1)
            let narrowing = Narrowing(model, graph: graph, kept: Dictionary(group.map { ($0, Self.listed) }) { $1 })
            masked.step()
            dense.step()
            var compared = 0, largest: Float = 0
            let whole = Dictionary(dense.interpreter.persistentValues.map { ($0.name, $0.saved) }) { $1 }
            for value in masked.interpreter.persistentValues {
                let part = try #require(whole[value.name]).keeping(narrowing.survivors(layer: value.layer, axes: value.axes))
                let size = value.numbers.count
                #expect(part.bits.count == size, "\(value.name)")
                for i in 0..<min(size, part.bits.count) {
                    if case .optimizerState = value.role, value.type.dtype != .float32 { continue }
                    largest = max(largest, abs(value.numbers[i] - Float(bitPattern: part.bits[i])))
                    compared += 1
                }
            }
            // Adam divides by what may be next to nothing.
            #expect(compared > 200 && largest < (optimizer.contains("adam") ? 2e-3 : 1e-5), "\(largest)")
        }
    }

    @Test("recall gives back what was put aside, to the bit, moments included")
    func recall() throws {
        let policy = "neurons: { type: shrink_recall, keep: 25%, warm_up: 1 step, every: 3 steps, recall: 1 step, final_recall: 1 step, probe: 64 }"
        for layers in [SumTests.blocks, SumTests.images] {
            let network = try StandingNetwork(SumTests.text(layers, policy))
            let course = try #require(network.course), interpreter = network.interpreter
            network.step()
            let before = interpreter.persistentValues.map(\.saved)
            let change = try course.reshape(interpreter, step: 1)
            let group = network.prepared.options.policies.entries[0].group
            #expect(change.widths.map(\.layer) == group && Set(change.widths.map(\.left)).count == 1)
            let left = try #require(change.widths.first?.left)
            network.step()
            let back = try course.reshape(interpreter, step: 2)
            #expect(back.widths.map(\.returned) == group.map { _ in left })
            for (old, value) in zip(before, interpreter.persistentValues) {
                #expect(old.name == value.name && old.bits.count == value.numbers.count)
                guard let layer = value.layer, group.contains(layer), let axis = value.axes.firstIndex(of: .units) else { continue }
                let inner = value.type.shape[(axis + 1)...].reduce(1, *), units = value.type.shape[axis]
                for i in 0..<value.numbers.count where left.contains(i / inner % units) { #expect(value.numbers[i].bitPattern == old.bits[i], "\(value.name)") }
            }
        }
    }

    /// Of all that are added, unit 1 is made parallel to 0, 3 to 2, and 4 and 5 constant.
    static let sums: [(layers: String, kept: Int)] = [
        (SumTests.blocks, 20),
        // Behind zeros around the image a constant would be missing: of two constant units one takes over the other.
        (SumTests.images, 5),
        // So does it where a reader has no bias.
        (SumTests.blocks.replacing("name: i1, type: dense, units: 16", with: "name: i1, type: dense, units: 16, use_bias: false"), 21),
    ]

    @Test("what the rules take out of a sum leaves the outputs as they were", arguments: sums.indices)
    func apoptosis(_ index: Int) throws {
        let (layers, kept) = Self.sums[index]
        let network = try StandingNetwork(SumTests.text(layers, ApoptosisRunTests.exactPolicy))
        network.forEachUnit(of: network.prepared.options.policies.entries[0].group) { layer, numbers, places, isBias in
            func set(_ unit: Int, _ other: Int, _ factor: Float) { for (i, j) in zip(places(unit), places(other)) { numbers[i] = factor * numbers[j] } }
            // Normalization gives each its own scale, so copies alone stay parallel behind it.
            set(1, 0, 1)
            set(3, 2, 1)
            for (unit, bias) in [(4, Float(0.5)), (5, 0.75)] { for i in places(unit) { numbers[i] = isBias ? bias : 0 } }
        }
        let before = network.outputs()
        let change = try #require(network.course).reshape(network.interpreter, step: 1)
        #expect(change.widths.map(\.after) == network.prepared.options.policies.entries[0].group.map { _ in kept }, "\(change.notes)")
        #expect(zip(before, network.outputs()).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(Set(before).count > 5)
    }

    @Test("a unit that is redundant in one summand alone stays")
    func partly() throws {
        let network = try StandingNetwork(SumTests.text(SumTests.blocks, ApoptosisRunTests.exactPolicy))
        network.forEachUnit(of: [0]) { _, numbers, places, _ in for (i, j) in zip(places(1), places(0)) { numbers[i] = numbers[j] } }
        let change = try #require(network.course).reshape(network.interpreter, step: 1)
        #expect(change.widths.isEmpty, "\(change.notes)")
    }
}
