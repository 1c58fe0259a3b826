import AllocationCounter
import Datasets
import Diagnostics
import Kernels
import Testing

@Suite struct SplitTests {
    let files = TestFiles()

    /// 100 examples of two features, the first of which is the number of the example.
    func numbered(_ count: Int = 100) -> DataRequest {
        files.table((0..<count).map { "\($0),\(($0 * 7) % 13),\($0 % 2)\n" }.joined())
    }

    func numbers(_ split: Split) throws -> [Int] {
        let features = try Batch(all: split).features
        return (0..<split.count).map { Int(features[2 * $0]) }
    }

    @Test func validationIsSplitOffByTheSeed() throws {
        var request = numbered()
        request.validation = Written(.share(0.2))
        request.seed = 3
        let data = try Dataset.open(request)
        let validation = try #require(data.validation)
        let kept = try numbers(data.train), taken = try numbers(validation)
        #expect(kept.count == 80 && taken.count == 20)
        #expect(Set(kept + taken) == Set(0..<100))
        #expect(taken != Array(0..<20) && taken == taken.sorted())
        #expect(try numbers(Dataset.open(request).train) == kept)
        request.seed = 4
        #expect(try numbers(Dataset.open(request).train) != kept)
        request.validation = Written(.count(33))
        #expect(try Dataset.open(request).validation?.count == 33)
        #expect(try Batch(data.train, [0, 79]).labels == [Int32(kept[0] % 2), Int32(kept[79] % 2)])
        #expect(data.train.label(of: 5) == kept[5] % 2)
        #expect(data.train.label(of: 80) == nil && data.train.label(of: -1) == nil)
    }

    @Test func splitsThatLeaveNothing() {
        var request = numbered(10)
        for validation in [.share(1), .share(0.001), .share(0), .share(.nan), .share(.infinity), .count(10), .count(0), .count(.max), .count(-5)] as [DataRequest.Validation] {
            request.validation = Written(validation)
            #expect(problems(request).map(\.kind.id) == ["NNC0373"], "\(validation)")
        }
    }

    @Test func theLimitIsDrawnBeforeTheSplit() throws {
        var request = numbered()
        request.limit = 50
        #expect(try Dataset.open(request).train.count == 50)
        request.validation = Written(.share(0.1))
        let data = try Dataset.open(request)
        #expect(data.train.count == 45 && data.validation?.count == 5)
        #expect(try Set(numbers(data.train)).count == 45)
        request.limit = 1000
        #expect(try Dataset.open(request).train.count == 90)
    }

    @Test func validationFromFiles() throws {
        var request = numbered(10)
        request.validation = Written(.files(.init(features: [files.write("v.csv", text: "1,2,0\n")])))
        let data = try Dataset.open(request)
        #expect(data.train.count == 10 && data.validation?.count == 1)
        request.validation = Written(.files(.init(features: [files.write("v.csv", text: "1,2,2\n")])))
        #expect(problems(request).map(\.kind.id) == ["NNC0360"])
    }

    @Test func columnsAreNormalizedByTheTrainingSplitAlone() throws {
        var request = numbered()
        request.normalization = .zscore
        request.validation = Written(.share(0.3))
        let data = try Dataset.open(request), statistics = try #require(data.statistics)
        var plain = request
        plain.normalization = .none
        let raw = try Dataset.open(plain)
        let train = try Batch(all: raw.train).features
        let got = try Batch(all: data.train).features
        let validation = try Batch(all: #require(data.validation)).features
        let rawValidation = try Batch(all: #require(raw.validation)).features
        for column in 0..<2 {
            let values = (0..<70).map { Double(train[2 * $0 + column]) }
            let mean = values.reduce(0, +) / 70
            let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 70).squareRoot()
            #expect(abs(statistics.mean[column] - mean) < 1e-9)
            #expect(abs(statistics.deviation[column] - deviation) < 1e-9)
            for row in 0..<70 { #expect(abs(Double(got[2 * row + column]) - (values[row] - mean) / deviation) < 1e-5) }
            for row in 0..<30 {
                #expect(abs(Double(validation[2 * row + column]) - (Double(rawValidation[2 * row + column]) - mean) / deviation) < 1e-5)
            }
        }
    }

    @Test func imagesAreNormalizedByChannel() throws {
        var generator = SystemRandomNumberGenerator()
        let pixels = (0..<5 * 4 * 3).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let x = files.write("x.idx", idx([5, 2, 2, 3], pixels)), y = files.write("y.idx", idx([5], [0, 1, 0, 1, 0]))
        let data = try Dataset.open(DataRequest(source: .files(format: .idx, train: .init(features: [x], labels: y), test: nil), normalization: .zscore))
        let statistics = try #require(data.statistics)
        #expect(statistics.mean.count == 3)
        let got = try Batch(all: data.train).features
        for channel in 0..<3 {
            let values = (0..<20).map { Double(pixels[3 * $0 + channel]) }
            let mean = values.reduce(0, +) / 20
            let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20).squareRoot()
            #expect(abs(statistics.mean[channel] - mean) < 1e-9 && abs(statistics.deviation[channel] - deviation) < 1e-9)
            for place in 0..<20 { #expect(abs(Double(got[3 * place + channel]) - (values[place] - mean) / deviation) < 1e-5) }
        }
    }

    @Test func whatNeverChangesBecomesZero() throws {
        var request = files.table("1,0.1,0\n2,0.1,1\n3,0.1,0\n")
        request.normalization = .zscore
        let data = try Dataset.open(request)
        #expect(data.warnings.map(\.kind.id) == ["NNC0374"])
        #expect(data.warnings[0].message.contains("feature 1 has the same value"))
        let features = try Batch(all: data.train).features
        #expect(abs(features[1]) < 1e-6 && abs(features[3]) < 1e-6)
        #expect(features.allSatisfy { $0.isFinite })
        let black = files.write("x.idx", idx([2, 2, 2], [9, 9, 9, 9, 9, 9, 9, 9])), labels = files.write("y.idx", idx([2], [0, 1]))
        let blank = try Dataset.open(DataRequest(source: .files(format: .idx, train: .init(features: [black], labels: labels), test: nil), normalization: .zscore))
        #expect(blank.warnings.map(\.kind.id) == ["NNC0374"])
        #expect(try Batch(all: blank.train).features.allSatisfy { $0 == 0 })
    }

    @Test func twoThreadsAssembleTheSame() throws {
        let request = DataRequest(
            source: .synthetic(SyntheticRequest(generator: .rectangles, trainExamples: 5000, testExamples: 0)),
            validation: Written(.share(0.1)), normalization: .zscore)
        let data = try Dataset.open(request)
        let order = (0..<4500).map { Int32($0 * 7919 % 4500) }
        let one = try Batch(data.train, order, targetWidth: 2, threads: 1), two = try Batch(data.train, order, targetWidth: 2, threads: 2)
        #expect(one == two)
        // More than are gathered in one go give the same as one by one.
        for place in [0, 4095, 4096, 4499] {
            let single = try Batch(data.train, [order[place]], targetWidth: 2)
            #expect(Array(one.features[784 * place..<784 * (place + 1)]) == single.features)
            #expect(one.labels[place] == single.labels[0])
            #expect(Array(one.targets[2 * place..<2 * (place + 1)]) == single.targets)
        }
    }

    @Test func assemblingAllocatesNothing() async {
        await #expect(processExitsWith: .success) {
            let request = DataRequest(
                source: .synthetic(SyntheticRequest(generator: .rectangles, trainExamples: 512, testExamples: 0)),
                validation: Written(.share(0.5)), normalization: .zscore)
            let data = try Dataset.open(request)
            let pool = WorkerPool(threads: 2)
            let arena = try #require(Arena(byteCount: 128 * 4 * (784 + 4)))
            let indices: Ints = arena.strip(offset: 0, count: 128)
            for index in 0..<128 { indices[index] = Int32(index) }
            let labels: Ints = arena.strip(offset: 512, count: 128)
            let targets: Floats = arena.strip(offset: 1024, count: 256)
            let features: Floats = arena.strip(offset: 2048, count: 128 * 784)
            data.train.assemble(indices, features: features, labels: labels, targets: targets, pool: pool)
            let count = allocations {
                for _ in 0..<10 { data.train.assemble(indices, features: features, labels: labels, targets: targets, pool: pool) }
            }
            #expect(count == 0)
        }
    }

    @Test func theProbeKnowsTheMemory() throws {
        var requests = [numbered(), numbered(), files.tinyImages()]
        requests[1].validation = Written(.share(0.2))
        requests[1].normalization = .zscore
        requests.append(DataRequest(source: .synthetic(SyntheticRequest(generator: .convex, trainExamples: 50, testExamples: 20)), validation: Written(.count(7))))
        for request in requests {
            let data = try Dataset.open(request), summary = try Dataset.probe(request)
            #expect(summary.byteCount == data.byteCount)
            #expect(summary.shape == data.shape)
            #expect(summary.trainExamples == data.train.count)
            #expect(summary.validationExamples == data.validation?.count ?? 0)
            #expect(summary.testExamples == data.test?.count ?? 0)
            if let classes = summary.classes { #expect(classes == data.classes) }
        }
    }
}
