import Datasets
import Diagnostics
import Foundation
import Testing

@Suite struct KnownTests {
    let files = TestFiles()
    static let isInstalled = FileManager.default.fileExists(atPath: "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz")

    func known(_ name: String, in directories: [String]? = nil) -> DataRequest {
        DataRequest(source: .known(Written(name)), searchDirectories: directories ?? DataRequest.standardDirectories())
    }

    @Test(.enabled(if: KnownTests.isInstalled))
    func fashionMNIST() throws {
        var request = known("fashion_mnist", in: ["/usr/share/datasets"])
        request.validation = Written(.share(0.1))
        let data = try Dataset.open(request)
        #expect(data.train.count == 54_000 && data.validation?.count == 6_000 && data.test?.count == 10_000)
        #expect(data.shape == [28, 28, 1] && data.classes == 10)
        #expect(data.classNames[9] == "Ankle boot")
        #expect(data.warnings.isEmpty)
        #expect(data.files.map(\.sha256).contains("b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7"))
        // One byte per pixel.
        #expect(data.byteCount < 58_000_000)
        #expect(try Dataset.probe(request).byteCount == data.byteCount)
        let test = try #require(data.test)
        let batch = try Batch(all: test)
        #expect(Array(batch.labels.prefix(10)) == [9, 2, 1, 1, 6, 1, 4, 6, 5, 7])
        for label in 0..<10 as Range<Int32> { #expect(batch.labels.filter { $0 == label }.count == 1000) }
        #expect(batch.features.max() == 255 && batch.features.min() == 0)
    }

    @Test(.enabled(if: KnownTests.isInstalled))
    func fashionMNISTHasItsPublishedMean() throws {
        let data = try Dataset.open(known("fashion_mnist", in: ["/usr/share/datasets"]))
        let statistics = try #require(data.statistics)
        #expect(abs(statistics.mean[0] / 255 - 0.2860) < 1e-4)
        #expect(abs(statistics.deviation[0] / 255 - 0.3530) < 1e-4)
    }

    @Test func theErrorSaysWhereItLooked() throws {
        let request = known("fashion_mnist", in: [files.directory.path, "/nowhere/"])
        let found = problems(request)
        #expect(found.map(\.kind.id) == ["NNC0606"])
        #expect(found[0].help.contains("looked in `\(files.directory.path)/fashion-mnist`"))
        #expect(found[0].help.contains("looked in `/nowhere/fashion_mnist`"))
        #expect(found[0].help.contains { $0.contains("apt-get install dataset-fashion-mnist") })
        let summary = try Dataset.probe(request)
        #expect(summary.shape == [28, 28, 1] && summary.classes == 10 && summary.trainExamples == 60_000 && summary.testExamples == 10_000)
        #expect(summary.unavailable?.kind.id == "NNC0606")
        #expect(summary.targetWidth == nil)
        var rows = request
        rows.target = .values(width: 5)
        #expect(try Dataset.probe(rows).targetWidth == 10)
    }

    @Test func partsOfADataSetAreNamed() {
        files.write("mnist/train-images-idx3-ubyte", [0])
        let found = problems(known("mnist", in: [files.directory.path]))
        #expect(found[0].help[0].contains("`train-labels-idx1-ubyte.gz`, `t10k-images-idx3-ubyte.gz`, `t10k-labels-idx1-ubyte.gz` missing"))
    }

    @Test func otherFilesUnderAKnownName() {
        for part in ["train", "t10k"] {
            files.write("mnist/\(part)-images-idx3-ubyte", idx([1, 28, 28], [UInt8](repeating: 1, count: 784)))
            files.write("mnist/\(part)-labels-idx1-ubyte", idx([1], [3]))
        }
        #expect(problems(known("mnist", in: [files.directory.path])).map(\.kind.id) == ["NNC0377"])
    }

    @Test func anotherChecksumIsAWarning() throws {
        let images = [UInt8](repeating: 1, count: 60_000 * 784)
        let labels = (0..<60_000).map { UInt8($0 % 10) }
        for (part, count) in [("train", 60_000), ("t10k", 10_000)] {
            files.writeGzip("\(part)-images-idx3-ubyte.gz", idx([count, 28, 28], Array(images.prefix(count * 784))))
            files.writeGzip("\(part)-labels-idx1-ubyte.gz", idx([count], Array(labels.prefix(count))))
        }
        let mnist = files.directory.appendingPathComponent("mnist")
        try FileManager.default.createSymbolicLink(at: mnist, withDestinationURL: files.directory)
        let data = try Dataset.open(known("mnist", in: [files.directory.path]))
        #expect(data.warnings.map(\.kind.id) == ["NNC0607", "NNC0607", "NNC0607", "NNC0607", "NNC0374"])
    }

    @Test func unknownNames() {
        #expect(problems(known("fashion-mnst"))[0].help == ["did you mean `fashion_mnist`?"])
        #expect(problems(known("imagenet")).map(\.kind.id) == ["NNC0376"])
        #expect(throws: DiagnosticError.self) { try Dataset.probe(known("imagenet")) }
    }

    @Test func theEnvironmentComesFirst() {
        #expect(DataRequest.standardDirectories(environment: ["NNC_DATA": "/d"]) == ["/d", "data", "/usr/share/datasets"])
        #expect(DataRequest.standardDirectories(environment: [:]) == ["data", "/usr/share/datasets"])
    }

    @Test func cifarRecords() throws {
        func record(_ labels: [UInt8], _ base: Int) -> [UInt8] {
            labels + (0..<3072).map { UInt8(truncatingIfNeeded: base + $0 / 1024 * 100 + $0 % 1024 % 50) }
        }
        let first = files.write("1.bin", record([3], 0) + record([9], 1)), second = files.writeGzip("2.bin.gz", record([0], 2))
        let data = try Dataset.open(DataRequest(source: .files(format: .cifar10, train: .init(features: [first, second]), test: nil)))
        #expect(data.shape == [32, 32, 3] && data.classes == 10 && data.train.count == 3)
        let batch = try Batch(data.train, [1, 2])
        #expect(batch.labels == [9, 0])
        #expect(Array(batch.features.prefix(6)) == [1, 101, 201, 2, 102, 202])
        let fine = files.write("100.bin", record([19, 99], 0))
        let hundred = try Dataset.open(DataRequest(source: .files(format: .cifar100, train: .init(features: [fine]), test: nil)))
        #expect(hundred.classes == 100)
        #expect(try Batch(all: hundred.train).labels == [99])
        func open(_ bytes: [UInt8], _ format: DataRequest.Format = .cifar10) -> [String] {
            problems(DataRequest(source: .files(format: format, train: .init(features: [files.write("bad.bin", bytes)]), test: nil))).map(\.kind.id)
        }
        #expect(open(record([3], 0).dropLast()) == ["NNC0342"])
        #expect(open(record([3], 0), .cifar100) == ["NNC0342"])
        #expect(open(record([10], 0)) == ["NNC0360"])
        #expect(open([]) == ["NNC0604"])
    }

    @Test func filesThatCannotBeOpened() {
        func open(_ path: String) -> [String] {
            problems(DataRequest(source: .files(format: .csv, train: .init(features: [Written(path)]), test: nil))).map(\.kind.id)
        }
        #expect(open("") == ["NNC0601"])
        #expect(open("/no/such/file.csv") == ["NNC0601"])
        #expect(open("a\0b") == ["NNC0601"])
        #expect(open(files.directory.path) == ["NNC0603"])
        #expect(open("/dev/null") == ["NNC0602"])
        #expect(open(String(repeating: "x", count: 100_000)) == ["NNC0601"])
    }
}
