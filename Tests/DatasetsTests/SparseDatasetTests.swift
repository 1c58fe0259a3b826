@testable import Datasets
import Diagnostics
import Foundation
import Kernels
import Testing
import AllocationCounter

@Suite struct SparseDatasetTests {
    let files = TestFiles()

    private func xc(_ train: String, test: String? = nil, target: DataRequest.Target = .classes) -> DataRequest {
        let train = files.write("train.txt", text: train), test = test.map { files.write("test.txt", text: $0) }
        return DataRequest(source: .sparse(.files(format: .xc, train: train, test: test)), target: target, threads: 2)
    }

    private func svm(_ train: String, test: String? = nil, features: Int? = nil, base: Int = 0, target: DataRequest.Target = .classes, classes: Int? = nil) -> DataRequest {
        let train = files.write("train.svm", text: train), test = test.map { files.write("test.svm", text: $0) }
        return DataRequest(
            source: .sparse(.files(format: .libsvm(firstFeature: 1, features: features), train: train, test: test)), labelBase: base, target: target,
            classes: classes.map { Written($0) }, threads: 2)
    }

    private func made(_ train: Int = 400, test: Int = 50, seed: UInt64 = 3) -> DataRequest {
        DataRequest(
            source: .sparse(.labels(LabelsRequest(trainExamples: train, testExamples: test, features: 500, labels: 80, featuresPerExample: 20))), seed: seed, threads: 2)
    }

    static let small = """
        4 10 6
        0,3 1:0.5 4:1 7:2
        2 0:1 9:0.25
         3:1
        1,4,5 2:1
        """

    @Test func rowsArePaddedToTheLongest() throws {
        let data = try Dataset.open(xc(Self.small))
        let form = try #require(data.sparse)
        #expect(form.longestRow == 3 && form.mostLabels == 3 && form.averageRow == 1.75 && form.averageLabels == 1.5 && !form.hasOneLabelEach)
        #expect(data.shape == [10] && data.classes == 6 && data.train.targetWidth == 6)
        let batch = try SparseBatch(data.train, form, [3, 0, 2])
        #expect(batch.numbers == [1, 0, 0, 0.5, 1, 2, 1, 0, 0])
        #expect(batch.places == [2, -1, -1, 1, 4, 7, 3, -1, -1])
        #expect(batch.labels == [1, 4, 5, 0, 3, -1, -1, -1, -1])
        #expect(data.train.label(of: 1) == 2 && data.train.label(of: 0) == nil && data.train.label(of: 2) == nil)
        #expect(data.warnings.map(\.kind.id) == ["NNC0383"])
        #expect(data.statistics == nil)
    }

    @Test func labelsBecomeTargets() throws {
        let data = try Dataset.open(xc(Self.small, target: .values(width: 6)))
        #expect(data.classes == nil && data.warnings.isEmpty)
        let batch = try SparseBatch(data.train, #require(data.sparse), [0, 2, 3], targetWidth: 6)
        #expect(batch.targets == [1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 1])
    }

    @Test func withoutPlacesRowsAreDense() throws {
        let data = try Dataset.open(xc(Self.small))
        let arena = try #require(Arena(byteCount: 256))
        let list: Ints = arena.strip(offset: 0, count: 2), numbers: Floats = arena.strip(offset: 64, count: 20)
        list[0] = 1
        list[1] = 0
        numbers.fill(.nan)
        data.train.assemble(list, features: numbers, labels: nil, targets: nil, pool: WorkerPool(threads: 1))
        #expect((0..<20).map { numbers[$0] } == [1, 0, 0, 0, 0, 0, 0, 0, 0, 0.25, 0, 0.5, 0, 0, 1, 0, 0, 2, 0, 0])
    }

    /// The same examples in another order, whether they come from the split alone or from a shuffled list.
    @Test func splitsShareTheExamples() throws {
        var request = made()
        let whole = try Dataset.open(request), form = try #require(whole.sparse)
        request.validation = Written(.share(0.25))
        let data = try Dataset.open(request), validation = try #require(data.validation)
        #expect(data.sparse == form)
        #expect(data.train.count == 300 && validation.count == 100 && data.test?.count == 50)
        let rows = try #require(data.train.rows), others = try #require(validation.rows)
        let all = (0..<rows.count).map { rows[$0] } + (0..<others.count).map { others[$0] }
        #expect(all.sorted() == (0..<400).map { $0 })
        #expect(try SparseBatch(data.train, form) == SparseBatch(whole.train, form, Array(all.prefix(300))))
        #expect(try SparseBatch(validation, form) == SparseBatch(whole.train, form, Array(all.suffix(100))))
        request.limit = 100
        request.validation = Written(.count(40))
        let limited = try Dataset.open(request)
        #expect(limited.train.count == 60 && limited.validation?.count == 40)
        // So that a plan does not depend on which examples were drawn.
        #expect(limited.sparse == form)
    }

    @Test func anyNumberOfThreadsAssemblesTheSame() throws {
        let data = try Dataset.open(made(3000)), form = try #require(data.sparse)
        var random = MutationTests.Generator(state: 4)
        let order = (0..<Int32(3000)).shuffled(using: &random)
        let first = try SparseBatch(data.train, form, order)
        #expect(try SparseBatch(data.train, form, order, threads: 4) == first)
        let targets = try SparseBatch(data.train, form, order, targetWidth: 80)
        #expect(try SparseBatch(data.train, form, order, targetWidth: 80, threads: 4) == targets)
        #expect(targets.targets.count { $0 == 1 } == first.labels.count { $0 >= 0 })
    }

    @Test func assemblingAllocatesNothing() async {
        await #expect(processExitsWith: .success) {
            let data = try Dataset.open(DataRequest(
                source: .sparse(.labels(LabelsRequest(trainExamples: 500, testExamples: 0, features: 500, labels: 80, featuresPerExample: 20))), validation: Written(.share(0.5))))
            let form = try #require(data.sparse), pool = WorkerPool(threads: 2)
            let arena = try #require(Arena(byteCount: 4 * 128 * (1 + 2 * form.longestRow + form.mostLabels)))
            let indices: Ints = arena.strip(offset: 0, count: 128)
            for index in 0..<128 { indices[index] = Int32(index) }
            let size = 4 * 128 * form.longestRow
            let numbers: Floats = arena.strip(offset: 512, count: size / 4), places: Ints = arena.strip(offset: 512 + size, count: size / 4)
            let labels: Ints = arena.strip(offset: 512 + 2 * size, count: 128 * form.mostLabels)
            data.train.assemble(indices, features: numbers, places: places, labels: labels, targets: nil, pool: pool)
            let count = allocations {
                for _ in 0..<10 { data.train.assemble(indices, features: numbers, places: places, labels: labels, targets: nil, pool: pool) }
            }
            #expect(count == 0)
        }
    }

    @Test func libsvmSplitsMayHaveFewerFeatures() throws {
        let train = "1 1:1 3:2\n2 2:1\n", test = "1 7:1\n"
        let data = try Dataset.open(svm(train, test: test, base: 1))
        #expect(data.shape == [7] && data.classes == 2 && data.sparse?.hasOneLabelEach == true)
        #expect(data.train.label(of: 0) == 0 && data.train.label(of: 1) == 1)
        // What the network has is what counts.
        let wider = try Dataset.open(svm(train, test: test, features: 9, base: 1, classes: 4))
        #expect(wider.shape == [9] && wider.classes == 4)
        #expect(problems(svm(train, test: test, features: 5, base: 1)).map(\.kind.id) == ["NNC0381"])
        let below = problems(svm("0 1:1\n", base: 1))
        #expect(below.map(\.kind.id) == ["NNC0360"] && below.first?.help == ["did you mean `label_base: 0`?"])
        #expect(problems(svm("1 1:1\n2 1:1\n", classes: 2)).map(\.kind.id) == ["NNC0360"])
    }

    /// One output tells two classes apart.
    @Test func oneNumberForTwoLabels() throws {
        let data = try Dataset.open(svm("1 1:1\n0 2:1\n1 3:1\n", target: .values(width: 1)))
        #expect(data.train.targetWidth == 1)
        #expect(try SparseBatch(data.train, #require(data.sparse), targetWidth: 1).targets == [1, 0, 1])
        #expect(try Dataset.probe(svm("1 1:1\n0 2:1\n1 3:1\n", target: .values(width: 1))).targetWidth == 1)
    }

    @Test func headersMustAgree() throws {
        let found = problems(xc(Self.small, test: "1 11 7\n6 10:1\n"))
        #expect(found.map(\.kind.id) == ["NNC0372", "NNC0372"])
        #expect(found.first?.message == "the header of the test file says 11 features, that of the training file 10")
        // The problems of all files at once.
        #expect(problems(xc("1 5\n", test: "nothing")).map(\.kind.id) == ["NNC0378", "NNC0378"])
        var request = made()
        request.validation = Written(.files(.init(features: [Written("v.txt")])))
        #expect(problems(request).map(\.kind.id) == ["NNC0375"])
        request = made(0)
        #expect(problems(request).map(\.kind.id) == ["NNC0375"])
    }

    @Test func validationFiles() throws {
        var request = xc(Self.small, test: "1 10 6\n0 1:1\n")
        request.validation = Written(.files(.init(features: [files.write("v.txt", text: "2 10 6\n0,1,2,3 1:1\n5 0:1 1:1 2:1 3:1 4:1\n")])))
        let data = try Dataset.open(request)
        #expect(data.validation?.count == 2 && data.train.count == 4 && data.files.count == 3)
        // The longest of all splits.
        #expect(data.sparse?.longestRow == 5 && data.sparse?.mostLabels == 4 && data.sparse?.averageRow == 1.75)
    }

    /// Before a cache is there, with one, and after the file was touched.
    @Test func theProbeKnowsAllThatMatters() throws {
        var requests = [xc(Self.small, test: "1 10 6\n0 1:1\n"), made(), svm("1 1:1 3:2\n0 2:1\n", test: "1 7:1\n")]
        requests[0].validation = Written(.share(0.25))
        requests[1].validation = Written(.count(100))
        for request in requests {
            for _ in 0..<3 {
                let probed = try Dataset.probe(request), data = try Dataset.open(request)
                #expect(probed.shape == data.shape && probed.classes == data.classes && probed.sparse == data.sparse)
                #expect(probed.trainExamples == data.train.count && probed.testExamples == data.test?.count ?? 0)
                #expect(probed.validationExamples == data.validation?.count ?? 0)
                #expect(probed.byteCount == data.byteCount)
                if case .sparse(.files(_, let train, _)) = request.source {
                    #expect(FileManager.default.fileExists(atPath: train.value + ".nnc-cache"))
                    // Far enough in the past for the time to tell one content from another.
                    try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -1000)], ofItemAtPath: train.value)
                }
            }
        }
    }

    /// A probe that finds a cache reads nothing else.
    @Test func theProbeTakesTheHeaderOfTheCache() throws {
        let file = files.write("x.txt", text: Self.small)
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -1000)], ofItemAtPath: file.value)
        let request = SparseRequest(file, .xc), pool = WorkerPool(threads: 1)
        let first = try SparseExtents.of(request, pool: pool)
        #expect(first.maxRowLength == 3 && first.maxLabelCount == 3)
        // The same size and time, but no longer a file of this format.
        let bytes = [UInt8](repeating: 0x78, count: Self.small.utf8.count)
        files.write("x.txt", bytes)
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -2000)], ofItemAtPath: file.value)
        #expect(throws: DiagnosticError.self) { try SparseExtents.of(request, pool: pool) }
        files.write("x.txt", text: Self.small)
        let stamped = try #require(FileStamp(file.value))
        let cache = SparseCache(try DataPath(file), .xc)
        try cache.write(SparseFile.open(request, pool: pool).examples, stamp: FileStamp(byteCount: stamped.byteCount, seconds: 1000, nanoseconds: 0), sha256: String(repeating: "0", count: 64))
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1000)], ofItemAtPath: file.value)
        #expect(try SparseExtents.of(request, pool: pool) == first)
    }
}
