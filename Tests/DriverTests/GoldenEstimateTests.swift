import Foundation
import Testing

@testable import Driver

/// The exact estimates of the files in `models/`, kept in `Tests/Golden/Estimates`: what a change of a cost formula or of a pass
/// does to them is then seen in its diff. `NNC_UPDATE_GOLDEN=1 swift test --filter GoldenEstimateTests` writes them anew.
@Suite struct GoldenEstimateTests {
    @Test(arguments: TrainingTests.models) func estimateIsAsCommitted(name: String) throws {
        let options = EstimateOptions(file: modelPath(name), threads: 2)
        // The sizes of known data are built in, so this needs no data at hand.
        let text = try estimateText(options, format: .csv, width: 80)
        let path = Program.root + "/Tests/Golden/Estimates/\(name).csv"
        if ProcessInfo.processInfo.environment["NNC_UPDATE_GOLDEN"] != nil { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text, "the estimate of \(name) has changed")
    }

    @Test("every layer's numbers can be explained", arguments: TrainingTests.models) func explained(name: String) throws {
        let options = EstimateOptions(file: modelPath(name), threads: 2)
        for layer in try #require(checkModel(modelPath(name)).model).layers {
            let text = try #require(try explainEstimate(options, layer: layer.name.value))
            #expect(text.contains("output"))
        }
    }
}
