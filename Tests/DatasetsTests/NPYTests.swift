import Datasets
import Diagnostics
import Testing

@Suite struct NPYTests {
    let files = TestFiles()

    func floats(_ values: [Float]) -> [UInt8] { values.flatMap { little($0.bitPattern) } }

    func request(
        _ features: [UInt8], _ labels: [UInt8] = npy("|u1", shape: "(2,)", [0, 1]), target: DataRequest.Target = .classes
    ) -> DataRequest {
        let x = files.write("x.npy", features), y = files.write("y.npy", labels)
        return DataRequest(source: .files(format: .npy, train: .init(features: [x], labels: y), test: nil), target: target)
    }

    @Test func everyTypeAndVersion() throws {
        let cases: [(descr: String, content: [UInt8])] = [
            ("<f4", floats([-1, 2])), (">f4", big(Float(-1).bitPattern) + big(Float(2).bitPattern)),
            ("<f8", little(Double(-1).bitPattern) + little(Double(2).bitPattern)), ("|i1", [255, 2]),
            ("<i2", little(Int16(-1)) + little(Int16(2))), (">i2", big(Int16(-1)) + big(Int16(2))),
            ("<i4", little(Int32(-1)) + little(Int32(2))), ("<i8", little(Int64(-1)) + little(Int64(2))),
        ]
        for version in [1, 2, 3] as [UInt8] {
            for item in cases {
                let data = try Dataset.open(request(npy(item.descr, shape: "(2, 1)", version: version, item.content)))
                #expect(try Batch(all: data.train).features == [-1, 2], "\(item.descr), version \(version)")
            }
        }
        for (descr, content) in [("|u1", [7, 2]), ("<u2", little(UInt16(7)) + little(UInt16(2))), ("<u4", little(UInt32(7)) + little(UInt32(2))), ("<u8", little(UInt64(7)) + little(UInt64(2)))] {
            #expect(try Batch(all: Dataset.open(request(npy(descr, shape: "(2, 1)", content))).train).features == [7, 2], "\(descr)")
        }
        #expect(try Batch(all: Dataset.open(request(npy("|b1", shape: "(2, 1)", [1, 0]))).train).features == [1, 0])
    }

    @Test func shapes() throws {
        let twelve = floats((0..<24).map(Float.init))
        #expect(try Dataset.open(request(npy("<f4", shape: "(2, 12)", twelve))).shape == [12])
        #expect(try Dataset.open(request(npy("<f4", shape: "(2, 3, 4)", twelve))).shape == [3, 4, 1])
        #expect(try Dataset.open(request(npy("<f4", shape: "(2, 2, 2, 3)", twelve))).shape == [2, 2, 3])
        #expect(try Dataset.open(request(npy("<f4", shape: "(2L, 12L)", twelve))).shape == [12])
        #expect(problems(request(npy("<f4", shape: "(2, 2, 2, 3, 1)", twelve))).map(\.kind.id) == ["NNC0347"])
        #expect(problems(request(npy("<f4", shape: "()", floats([1])))).map(\.kind.id) == ["NNC0347"])
        #expect(problems(request(npy("<f4", shape: "(0, 3)", []))).map(\.kind.id) == ["NNC0351"])
    }

    @Test func badHeaders() {
        let good = npy("<f4", shape: "(2, 1)", floats([1, 2]))
        #expect(problems(request(good)).isEmpty)
        #expect(problems(request(npy("<f2", shape: "(2, 1)", [0, 0, 0, 0]))).map(\.kind.id) == ["NNC0343"])
        #expect(problems(request(npy("<U5", shape: "(2, 1)", [0, 0, 0, 0]))).map(\.kind.id) == ["NNC0343"])
        #expect(problems(request(npy("<f4", shape: "(2, 2)", fortran: true, floats([1, 2, 3, 4])))).map(\.kind.id) == ["NNC0344"])
        // With one column both orders are the same.
        #expect(problems(request(npy("<f4", shape: "(2, 1)", fortran: true, floats([1, 2])))).isEmpty)
        #expect(problems(request(npy("<f4", shape: "(2, 1)", version: 9, floats([1, 2])))).map(\.kind.id) == ["NNC0341"])
        #expect(problems(request(npy("<f4', 'x': '", shape: "(2, 1)", floats([1, 2])))).map(\.kind.id) == ["NNC0341"])
        #expect(problems(request(npy("<f4", shape: "(2, -1)", floats([1, 2])))).map(\.kind.id) == ["NNC0341"])
        #expect(problems(request(npy("<f4", shape: "(99999999999999999999, 1)", floats([1, 2])))).map(\.kind.id) == ["NNC0341"])
        #expect(problems(request(npy("<f8", shape: "(4611686018427387904, 4611686018427387904)", floats([1, 2])))).map(\.kind.id) == ["NNC0345"])
        #expect(problems(request(Array(good.prefix(40)))).map(\.kind.id) == ["NNC0345"])
        #expect(problems(request(Array(good.dropLast()))).map(\.kind.id) == ["NNC0345"])
        #expect(problems(request(good + [0])).map(\.kind.id) == ["NNC0346"])
        #expect(problems(request(Array("PK\u{3}\u{4}this is an npz".utf8))).map(\.kind.id) == ["NNC0341"])
    }

    @Test func nonFiniteNumbersAreLocated() {
        let found = problems(request(npy("<f4", shape: "(2, 3)", floats([0, 1, 2, 3, .nan, 5]))))
        #expect(found.map(\.kind.id) == ["NNC0363"])
        #expect(found[0].message.contains("example 1 of"))
        #expect(found[0].message.contains("as number 1 of its 3"))
        let large = problems(request(npy("<f8", shape: "(2, 1)", little(Double(1).bitPattern) + little(Double(1e300).bitPattern))))
        #expect(large.map(\.kind.id) == ["NNC0363"])
        #expect(large[0].message.contains("too large"))
    }

    @Test func labels() throws {
        let x = npy("<f4", shape: "(2, 1)", floats([1, 2]))
        #expect(try Batch(all: Dataset.open(request(x, npy("<f4", shape: "(2,)", floats([1, 0])))).train).labels == [1, 0])
        #expect(try Batch(all: Dataset.open(request(x, npy("<i8", shape: "(2, 1)", little(Int64(1)) + little(Int64(0))))).train).labels == [1, 0])
        #expect(problems(request(x, npy("<f4", shape: "(2,)", floats([1, 0.5])))).map(\.kind.id) == ["NNC0361"])
        #expect(problems(request(x, npy("<f4", shape: "(2,)", floats([1, .nan])))).map(\.kind.id) == ["NNC0361"])
        #expect(problems(request(x, npy("<i8", shape: "(2,)", little(Int64.max) + little(Int64(0))))).map(\.kind.id) == ["NNC0361"])
        #expect(problems(request(x, npy("<i4", shape: "(2,)", little(Int32(-1)) + little(Int32(0))))).map(\.kind.id) == ["NNC0360"])
        #expect(problems(request(x, npy("<i4", shape: "(2,)", little(Int32.max) + little(Int32(0))))).map(\.kind.id) == ["NNC0360"])
    }

    @Test func rowsOfTargets() throws {
        let x = npy("<f4", shape: "(2, 1)", floats([1, 2])), y = npy("<f4", shape: "(2, 3)", floats([0, 1, 0, 0.5, 0, 1]))
        let data = try Dataset.open(request(x, y, target: .values(width: 3)))
        #expect(data.classes == nil)
        #expect(data.train.targetWidth == 3)
        #expect(try Batch(data.train, [1, 0], targetWidth: 3).targets == [0.5, 0, 1, 0, 1, 0])
        #expect(problems(request(x, y)).map(\.kind.id) == ["NNC0347"])
    }

    @Test func classNumbersBecomeOneHotRows() throws {
        let x = npy("<f4", shape: "(2, 1)", floats([1, 2])), y = npy("|u1", shape: "(2,)", [2, 0])
        let data = try Dataset.open(request(x, y, target: .values(width: 3)))
        #expect(try Batch(data.train, [0, 1], targetWidth: 3).targets == [0, 0, 1, 1, 0, 0])
        // A label beyond the row would leave it without a 1.
        #expect(problems(request(x, y, target: .values(width: 2))).map(\.kind.id) == ["NNC0360"])
        let numbers = try Dataset.open(request(x, y, target: .values(width: 1)))
        #expect(numbers.train.targetWidth == 1)
        #expect(try Batch(numbers.train, [0, 1], targetWidth: 1).targets == [2, 0])
    }
}
