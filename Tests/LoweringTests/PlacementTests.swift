import Graph
import Kernels
import Lowering
import Testing

@Suite struct PlacementTests {
    /// Walks each plan and remembers, byte by byte, whose value lies where: a reader must find what its producer wrote.
    @Test(arguments: Networks.all.map(\.1), [Set<String>(), Set(pipeline.filter(\.isOptional).map(\.name))])
    func everyReaderFindsItsValue(yaml: String, skip: Set<String>) throws {
        let schedule = try Networks.lowered(yaml, skip: skip)
        for plan in [schedule.phases[0].train, schedule.phases[0].evaluate] {
            let graph = plan.graph
            var owner = Array(repeating: -1, count: schedule.arenaBytes / 4)
            func cells(_ value: ValueID) -> Range<Int> {
                let start = plan.offsets[value.index] / 4
                return start..<(start + (graph[value].type.byteCount(batch: plan.batch) + 3) / 4)
            }
            func write(_ value: ValueID) { for cell in cells(value) { owner[cell] = value.index } }
            func holds(_ value: ValueID) -> Bool { cells(value).allSatisfy { owner[$0] == value.index } }

            let made = Set(graph.nodes.flatMap(\.outputs))
            for index in graph.values.indices where !made.contains(ValueID(index)) {
                if graph.nodes.contains(where: { $0.inputs.contains(ValueID(index)) }) { write(ValueID(index)) }
            }
            var views: [Int: ValueID] = [:]
            for node in graph.nodes {
                for input in node.inputs {
                    // A view's numbers are those of the value it shows.
                    var source = input
                    while let shown = views[source.index] { source = shown }
                    #expect(holds(source), "\(node.operation.name) does not find %\(graph[input].name)")
                }
                if node.operation is any View {
                    views[node.outputs[0].index] = node.inputs[0]
                    #expect(cells(node.outputs[0]).lowerBound == cells(node.inputs[0]).lowerBound)
                } else {
                    for output in node.outputs { write(output) }
                }
            }
            for (name, value) in graph.results { #expect(holds(value), "result \(name) is overwritten") }
            #expect(plan.offsets.allSatisfy { $0 % Arena.alignment == 0 })
        }
    }

    @Test func buffersAreReused() throws {
        let plan = try Networks.lowered(Networks.cnn).phases[0].train
        let all = plan.graph.values.filter { !$0.role.isPersistent }.reduce(0) { $0 + $1.type.byteCount(batch: plan.batch) }
        #expect(try Networks.lowered(Networks.cnn).memory.activations < all / 2)
    }

    @Test func evaluationSharesTheParameters() throws {
        let phase = try Networks.lowered(Networks.dag).phases[0]
        func places(_ plan: Plan) -> [String: Int] {
            Dictionary(
                plan.graph.values.enumerated().filter { $0.element.role.isPersistent }.map { ($0.element.name, plan.offsets[$0.offset]) },
                uniquingKeysWith: { first, _ in first })
        }
        let train = places(phase.train), evaluate = places(phase.evaluate)
        #expect(!evaluate.isEmpty)
        for (name, place) in evaluate { #expect(train[name] == place, "\(name)") }
    }
}
