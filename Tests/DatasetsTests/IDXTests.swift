import Datasets
import Diagnostics
import Testing

@Suite struct IDXTests {
    let files = TestFiles()

    @Test func bytesBecomeNumbers() throws {
        let data = try Dataset.open(files.tinyImages())
        #expect(data.shape == [2, 3, 1])
        #expect(data.classes == 2)
        #expect(data.train.count == 2)
        let batch = try Batch(all: data.train)
        #expect(batch.features == [0, 51, 102, 153, 204, 255, 5, 4, 3, 2, 1, 0])
        #expect(batch.labels == [1, 0])
    }

    @Test func unitDividesBytesBy255() throws {
        var request = files.tinyImages()
        request.normalization = .unit
        let batch = try Batch(try Dataset.open(request).train, [0])
        for (got, wanted) in zip(batch.features, [0, 0.2, 0.4, 0.6, 0.8, 1] as [Float]) { #expect(abs(got - wanted) < 1e-6) }
    }

    @Test func packedFilesAreRead() throws {
        let images = files.writeGzip("i.gz", idx([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]))
        let labels = files.writeGzip("l.gz", idx([2], [0, 1]))
        let data = try Dataset.open(DataRequest(source: .files(format: .idx, train: .init(features: [images], labels: labels), test: nil)))
        #expect(data.shape == [4])
        #expect(try Batch(all: data.train).features == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(data.files.count == 2)
    }

    @Test func otherTypesBecomeFloats() throws {
        let cases: [(type: UInt8, content: [UInt8])] = [
            (0x09, [255, 2]), (0x0B, big(Int16(-1)) + big(Int16(2))), (0x0C, big(Int32(-1)) + big(Int32(2))),
            (0x0D, big(Float(-1).bitPattern) + big(Float(2).bitPattern)), (0x0E, big(Double(-1).bitPattern) + big(Double(2).bitPattern)),
        ]
        for item in cases {
            let images = files.write("f.idx", idx([2, 1], type: item.type, item.content))
            let labels = files.write("l.idx", idx([2], type: 0x0C, big(Int32(1)) + big(Int32(0))))
            let data = try Dataset.open(DataRequest(source: .files(format: .idx, train: .init(features: [images], labels: labels), test: nil)))
            #expect(try Batch(all: data.train).features == [-1, 2], "type \(item.type)")
        }
    }

    @Test func severalFilesFollowEachOther() throws {
        let first = files.write("a.idx", idx([1, 2], [1, 2])), second = files.write("b.idx", idx([2, 2], [3, 4, 5, 6]))
        let labels = files.write("l.idx", idx([3], [0, 1, 0]))
        let data = try Dataset.open(DataRequest(source: .files(format: .idx, train: .init(features: [first, second], labels: labels), test: nil)))
        #expect(try Batch(data.train, [2, 0]).features == [5, 6, 1, 2])
    }

    func open(_ images: [UInt8], labels: [UInt8] = idx([2], [0, 1])) -> [String] {
        let images = files.write("bad.idx", images), labels = files.write("badl.idx", labels)
        return problems(DataRequest(source: .files(format: .idx, train: .init(features: [images], labels: labels), test: nil))).map(\.kind.id)
    }

    @Test func lyingHeadersAreRefusedBeforeMemoryIsTaken() {
        #expect(open([0, 0, 8, 2] + [UInt8](repeating: 255, count: 8) + [1, 2, 3]) == ["NNC0345"])
        #expect(open([0, 0, 8, 3] + big(UInt32(1) << 31) + big(UInt32(1) << 31) + big(UInt32(1) << 31)) == ["NNC0345"])
        #expect(open(idx([2, 3], [1, 2, 3, 4, 5])) == ["NNC0345"])
        #expect(open(idx([2, 3], [1, 2, 3, 4, 5, 6, 7])) == ["NNC0346"])
        #expect(open(idx([0, 3], [])) == ["NNC0351"])
        #expect(open([0, 0, 8, 3, 0, 0]) == ["NNC0345"])
        #expect(open([0, 0, 8]) == ["NNC0340"])
        #expect(open([1, 0, 8, 1, 0, 0, 0, 0]) == ["NNC0340"])
        #expect(open([0, 0, 7, 1, 0, 0, 0, 0]) == ["NNC0343"])
        #expect(open([0, 0, 8, 0, 7]) == ["NNC0347"])
        #expect(open([]) == ["NNC0604"])
    }

    @Test func packedLiesAreRefusedToo() {
        let images = files.writeGzip("lie.gz", [0, 0, 8, 2] + big(UInt32(1) << 30) + big(UInt32(1) << 10) + [1, 2, 3])
        let short = files.writeGzip("short.gz", idx([2, 100], [1, 2, 3]))
        let long = files.writeGzip("long.gz", idx([2, 1], [1, 2, 3]))
        let labels = files.write("l.idx", idx([2], [0, 1]))
        for (path, id) in [(images, "NNC0345"), (short, "NNC0345"), (long, "NNC0346")] {
            #expect(problems(DataRequest(source: .files(format: .idx, train: .init(features: [path], labels: labels), test: nil))).map(\.kind.id) == [id])
        }
    }

    @Test func damagedPackingIsFound() throws {
        var content = [UInt8](repeating: 0, count: 20_000)
        for index in content.indices { content[index] = UInt8(truncatingIfNeeded: index &* 2_654_435_761 >> 7) }
        let good = files.bytes(files.writeGzip("good.gz", idx([2, 10_000], content)))
        let labels = files.write("l.idx", idx([2], [0, 1]))
        var wrongSum = good
        wrongSum[good.count - 6] ^= 0xFF
        for (name, bytes) in [("cut.gz", Array(good.prefix(good.count / 2))), ("tail.gz", Array(good.dropLast(4))), ("sum.gz", wrongSum)] {
            let path = files.write(name, bytes)
            let found = problems(DataRequest(source: .files(format: .idx, train: .init(features: [path], labels: labels), test: nil)))
            #expect(found.map(\.kind.id) == ["NNC0605"], "\(name): \(found.map(\.message))")
        }
    }

    @Test func featuresAndLabelsMustMatch() {
        #expect(open(idx([3, 2], [1, 2, 3, 4, 5, 6])) == ["NNC0348"])
        #expect(open(idx([2, 2], [1, 2, 3, 4]), labels: idx([2, 2], [1, 0, 0, 1])) == ["NNC0347"])
        #expect(open(idx([2], [1, 2])) == ["NNC0347"])
    }

    @Test func labelsOutOfRange() throws {
        var request = files.tinyImages(labels: [1, 2])
        request.classes = Written(2)
        let found = problems(request)
        #expect(found.map(\.kind.id) == ["NNC0360"])
        #expect(found[0].message.contains("labels run 1…2"))
        #expect(found[0].help == ["did you mean `label_base: 1`?"])
        request.labelBase = 1
        #expect(try Batch(all: Dataset.open(request).train).labels == [0, 1])
        // Without a number of classes an empty class 0 is only suspicious.
        request.labelBase = 0
        request.classes = nil
        let data = try Dataset.open(request)
        #expect(data.classes == 3)
        #expect(data.warnings.map(\.kind.id) == ["NNC0362"])
        #expect(data.warnings[0].help == ["did you mean `label_base: 1`?"])
        request.classes = Written(.max)
        request.labelBase = .max
        #expect(problems(request).map(\.kind.id) == ["NNC0360"])
        request.classes = Written(0)
        request.labelBase = 0
        #expect(problems(request).map(\.kind.id) == ["NNC0360"])
    }

    @Test func allProblemsComeTogether() {
        let request = DataRequest(
            source: .files(
                format: .idx, train: .init(features: [files.path("none.idx")], labels: files.path("none2.idx")),
                test: .init(features: [Written(files.directory.path)], labels: files.write("junk", [9, 9, 9, 9]))))
        #expect(problems(request).map(\.kind.id) == ["NNC0601", "NNC0601", "NNC0603", "NNC0340"])
    }

    @Test func labelsMustBeNamed() {
        let images = files.write("i.idx", idx([2, 1], [1, 2]))
        #expect(problems(DataRequest(source: .files(format: .idx, train: .init(features: [images]), test: nil))).map(\.kind.id) == ["NNC0349"])
    }
}
