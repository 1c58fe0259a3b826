import Estimate
import Runtime
import Testing

@testable import Driver

@Suite struct ReadableTests {
    @Test func counts() {
        #expect(Readable.count(0) == "0")
        #expect(Readable.count(99_999) == "99,999")
        #expect(Readable.count(100_000) == "100 k")
        #expect(Readable.count(51_380_224) == "51.4 M")
        #expect(Readable.count(999_999) == "1.00 M")
        #expect(Readable.count(1_234_567_890_123) == "1.23 T")
        #expect(Readable.count(.max) == "> 9.2 E")
        #expect(Readable.count(-5) == "-5")
        #expect(Readable.count(.min) == "-> 9.2 E")
    }

    @Test func bytes() {
        #expect(Readable.bytes(1023) == "1023 B")
        #expect(Readable.bytes(1536) == "1.50 KiB")
        #expect(Readable.bytes(3 << 30) == "3.00 GiB")
    }

    @Test func seconds() {
        #expect(Readable.seconds(4.2) == "4.20 s")
        #expect(Readable.seconds(59.96) == "60.0 s")
        #expect(Readable.seconds(123) == "2:03")
        #expect(Readable.seconds(3723) == "1:02:03")
        #expect(Readable.seconds(.infinity) == "-")
        #expect(Readable.seconds(.nan) == "-")
    }
}

@Suite struct TextTableTests {
    func sample() -> TextTable {
        var table = TextTable([
            TextTable.Column("layer"), TextTable.Column("type", expendable: 2),
            TextTable.Column("multiplications", .right, short: "mults", expendable: 1), TextTable.Column("sum", .right),
        ])
        table.add(["a_rather_long_name", "dense", "51.4 M", "60 M"])
        table.add(["b|c", "flatten, they say", "0", "0"])
        table.beginFooter()
        table.add(["sum", "", "51.4 M", "60 M"])
        return table
    }

    @Test(arguments: [8, 12, 20, 30, 40, 60, 80, 300]) func noLineIsWider(width: Int) {
        for line in sample().plain(width: width).split(separator: "\n") { #expect(line.count <= width, "\(line)") }
    }

    @Test func wideShowsEverything() {
        let text = sample().plain(width: 300)
        #expect(text.contains("multiplications"))
        #expect(text.contains("a_rather_long_name"))
        #expect(text.split(separator: "\n").count == 6)
    }

    @Test func narrowKeepsTheSum() {
        let text = sample().plain(width: 30)
        #expect(!text.contains("dense"))
        #expect(text.contains("60 M"))
    }

    @Test func otherFormsQuote() {
        #expect(sample().markdown.contains("b\\|c"))
        #expect(sample().csv.contains("\"flatten, they say\""))
        #expect(sample().csv.hasPrefix("layer,type,multiplications,sum\n"))
    }
}

@Suite struct ProgressTextTests {
    let run = RunSize(epochs: 25, stepsPerEpoch: 400, examples: 51_200)
    let step = StepReport(
        epoch: 3, stepOfEpoch: 100, examples: 12_800, seconds: 0.5, loss: 0.34567, metric: (.accuracy, 0.8812))

    @Test(arguments: [1, 5, 10, 19, 20, 39, 40, 79, 80, 120, 300]) func fitsEveryWidth(width: Int) {
        let line = ProgressText.bar(step, run, secondsLeft: 83, width: width)
        #expect(line.count <= width, "\(line)")
        #expect(!line.isEmpty)
    }

    @Test func wideSaysEverything() {
        let line = ProgressText.bar(step, run, secondsLeft: 83, width: 300)
        #expect(line == "epoch 3/25  [==========                              ] 25%  25,600 examples/s  loss 0.3457  accuracy 88.12%  1:23 left")
    }

    @Test func narrowSaysTheMost() {
        #expect(ProgressText.bar(step, run, secondsLeft: 83, width: 20) == "epoch 3/25  25%")
        #expect(ProgressText.bar(step, run, secondsLeft: 83, width: 29) == "epoch 3/25  25%  loss 0.3457")
    }

    @Test func losslessStepsAreShown() {
        let bad = StepReport(epoch: 1, stepOfEpoch: 1, examples: 1, seconds: 0, loss: .nan, metric: nil)
        #expect(ProgressText.bar(bad, run, secondsLeft: .nan, width: 80).contains("loss nan"))
    }

    @Test func oneLineAnEpoch() {
        let report = EpochReport(
            epoch: 2, step: 800, examples: 51_200, seconds: 2, learningRate: 0.01,
            train: Scores([Scores.Entry(.loss, 0.5), Scores.Entry(.accuracy, 0.9)]),
            validation: Scores([Scores.Entry(.loss, 0.6), Scores.Entry(.accuracy, 0.85)]), nonFiniteSteps: 0)
        #expect(
            ProgressText.epoch(report, of: 25)
                == "epoch 2/25  2.00 s  25,600 examples/s  train: loss 0.5000 accuracy 90.00%  validation: loss 0.6000 accuracy 85.00%")
    }
}
