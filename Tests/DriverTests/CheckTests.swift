import Diagnostics
import Estimate
import Foundation
import Lowering
import Syntax
import TestSupport
import Testing

@testable import Driver

@Suite struct CheckTests {
    func check(_ text: String) -> CheckedModel { checkModel(SourceText(path: "m.yaml", text: text)) }

    @Test func targetsUnknown() {
        let text = """
            version: 1
            model:
              input: { shape: [8, 8, 1] }
              layers:
                - { type: max_pooling2d, pool_size: 2 }
                - { type: flatten }
            train: { epochs: 1, batch_size: 4, loss: mse, optimizer: { type: sgd, learning_rate: 0.1 } }
            """
        let found = check(text).diagnostics.map(\.kind.id)
        #expect(found == ["NNC0638"])
    }

    @Test func shapeIsNeededFromSomewhere() {
        let text = sampleModel()
        let start = text.range(of: "data:")!, end = text.range(of: "model:")!
        let found = check(text.replacingCharacters(in: start.lowerBound..<end.lowerBound, with: "")).diagnostics
        #expect(found.map(\.kind) == [.inputShapeUnknown])
    }

    @Test func dataAndFileMustAgree() {
        let found = check(sampleModel().replacing("model:\n", with: "model:\n  input: { shape: [5] }\n")).diagnostics
        #expect(found.map(\.kind) == [.inputShapeDiffers])
        #expect(check(sampleModel().replacing("model:\n", with: "model:\n  input: { shape: [2, 2] }\n")).diagnostics.map(\.kind) != [.inputShapeDiffers])
    }

    @Test func missingDataStopOnlyTraining() {
        let data = "format: csv\n  train: { features: nowhere.csv }"
        let without = check(sampleModel(data: data))
        #expect(without.diagnostics.map(\.kind) == [.missingDataFile])
        let with = check(sampleModel(data: data).replacing("model:\n", with: "model:\n  input: { shape: [4] }\n"))
        #expect(with.prepared != nil)
        #expect(with.prepared?.description.unavailable.count == 1)
    }

    @Test func formatsForTools() throws {
        let folder = try TemporaryFolder()
        let bad = try folder.write("bad.yaml", sampleModel().replacing("units: 16", with: "unit: 16"))
        let good = try folder.write("good.yaml", sampleModel())
        for (format, word) in [("json", "\"NNC0102\""), ("sarif", "\"ruleId\""), ("github", "::error")] {
            let result = try Program.run(["check", good, bad, "--format", format])
            #expect(result.code == 2)
            #expect(result.output.contains(word), "\(result.output)")
        }
        let text = try Program.run(["check", good, bad])
        #expect(text.code == 2)
        #expect(text.output == "\(good): fine\n")
        #expect(text.messages.contains("did you mean `units`?"))
        #expect(!text.messages.contains("\u{1B}"))
    }

    @Test func graphAfterEachPass() throws {
        for pass in passNames {
            let options = GraphOptions(file: modelPath("quickstart"), overrides: [], after: pass, isEvaluation: false, listsPasses: false, format: .text)
            #expect(try graphText(options, width: 80)?.contains("dense") == true)
        }
        let passes = try Program.run(["graph", modelPath("quickstart"), "--passes"])
        #expect(passes.output.contains(pipeline[0].name))
    }

    @Test func estimateFormats() throws {
        let options = EstimateOptions(file: modelPath("quickstart"), againstDense: true)
        let record = try JSONText.decode(EstimateRecord.self, from: try estimateText(options, format: .json, width: 80))
        #expect(record.parameters == 2 * 64 + 64 + 64 * 64 + 64 + 64 * 3 + 3)
        #expect(record.work.total.forward.multiplications.counted == nil)
        let csv = try estimateText(options, format: .csv, width: 80)
        #expect(csv.split(separator: "\n").count == 1 + 5 * 5)
        #expect(try estimateText(options, format: .markdown, width: 80).contains("| layer |"))
        for width in [20, 40, 80, 300] {
            for line in try estimateText(options, format: .table, width: width).split(separator: "\n") where line.hasPrefix("h1") || line.hasPrefix("sum") {
                #expect(line.count <= width)
            }
        }
    }

    @Test func explainedFormulasGiveTheirNumbers() throws {
        let text = try #require(try explainEstimate(EstimateOptions(file: modelPath("quickstart")), layer: "h2"))
        #expect(text.contains("131,072 = 32 × 64 × 64"), "\(text)")
        #expect(try explainEstimate(EstimateOptions(file: modelPath("quickstart")), layer: "nothing") == nil)
    }

    @Test func startersAreRight() throws {
        let folder = try TemporaryFolder()
        try writeStarter(to: folder.path("a.yaml"))
        #expect(checkModel(folder.path("a.yaml")).diagnostics.isEmpty, "\(checkModel(folder.path("a.yaml")).diagnostics.map(\.message))")
        #expect(throws: CommandFailure.self) { try writeStarter(to: folder.path("a.yaml")) }
        try folder.write("d.csv", "x,y,kind\n" + (0..<60).map { "\($0),\($0 * 2),\($0 % 4)\n" }.joined())
        try writeStarter(to: folder.path("b.yaml"), data: folder.path("d.csv"))
        let checked = checkModel(folder.path("b.yaml"))
        #expect(checked.prepared != nil, "\(checked.diagnostics.map(\.message))")
        #expect(try String(contentsOfFile: folder.path("b.yaml"), encoding: .utf8).contains("units: 4"))
        for (file, text) in [("e.svm", "1 1:1 3:2\n0 2:1\n1 1:4\n1 2:2\n0 1:2\n"), ("f.txt", "5 9 4\n0,1 2:1\n1 3:1\n2,3 8:1\n1 0:1\n2 0:3\n")] {
            try folder.write(file, text)
            try writeStarter(to: folder.path(file + ".yaml"), data: folder.path(file))
            let sparse = checkModel(folder.path(file + ".yaml"))
            #expect(sparse.prepared?.description.facts.sparse != nil, "\(sparse.diagnostics.map(\.message))")
        }
        try writeStarter(to: folder.path("c.yaml"), data: "fashion_mnist")
        #expect(checkModel(folder.path("c.yaml")).prepared != nil)
    }
}
