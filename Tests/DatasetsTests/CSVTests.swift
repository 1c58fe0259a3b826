import Datasets
import Diagnostics
import Testing

@Suite struct CSVTests {
    let files = TestFiles()

    /// `line:column` of a problem in the file.
    func place(_ diagnostic: Diagnostic) -> String {
        if case .place(_, let line, let column) = diagnostic.location { "\(line):\(column)" } else { "-" }
    }

    @Test func aPlainTable() throws {
        let data = try Dataset.open(files.table("1,2.5,0\n-3,4e-1,1\n"))
        #expect(data.shape == [2])
        #expect(data.classes == 2)
        let batch = try Batch(all: data.train)
        #expect(batch.features == [1, 2.5, -3, 0.4])
        #expect(batch.labels == [0, 1])
    }

    @Test func headersAreFoundOut() throws {
        let text = "class,width,height\n1,2,3\n0,5,6\n"
        #expect(try Batch(all: Dataset.open(files.table(text, label: "class")).train).features == [2, 3, 5, 6])
        #expect(try Batch(all: Dataset.open(files.table(text, label: "0")).train).labels == [1, 0])
        var request = files.table(text, label: "class")
        request.columns?.features = [Written("height")]
        #expect(try Batch(all: Dataset.open(request).train).features == [3, 6])
        // A header may be made of numbers.
        request = files.table("2,1,0\n1,2,0\n0,5,1\n")
        request.columns = .init(label: Written("0"), header: true)
        let batch = try Batch(all: Dataset.open(request).train)
        #expect(batch.features == [1, 2, 0, 5])
        #expect(batch.labels == [0, 1])
    }

    @Test func spellingsOfTheSameTable() throws {
        let wanted = try Batch(all: Dataset.open(files.table("a,b,class\n1,2,0\n3,4,1\n", label: "class")).train)
        for text in [
            "a,b,class\r\n1,2,0\r\n3,4,1\r\n", "\u{FEFF}a,b,class\n1,2,0\n3,4,1", "a,b,class\n\n1,2,0\n  \n3,4,1\n\n",
            "\"a\",\"b\",\"class\"\n\"1\",2,\"0\"\n3,\"4\",1\n", " a , b ,class\n 1 ,\t2, 0\n3,4 ,+1e0\n",
        ] {
            #expect(try Batch(all: Dataset.open(files.table(text, label: "class")).train) == wanted, "\(text.debugDescription)")
        }
        let packed = files.writeGzip("t.csv.gz", Array("a,b,class\n1,2,0\n3,4,1\n".utf8))
        let request = DataRequest(source: .files(format: .csv, train: .init(features: [packed]), test: nil), columns: .init(label: Written("class")))
        #expect(try Batch(all: Dataset.open(request).train) == wanted)
    }

    @Test func namesInQuotes() throws {
        let text = "\"a, b\",\"the \"\"class\"\"\"\n7,1\n8,0\n"
        let data = try Dataset.open(files.table(text, label: "the \"class\""))
        #expect(try Batch(all: data.train).labels == [1, 0])
    }

    @Test func numbersRoundOnce() throws {
        let texts = ["0.1", "3.4028234e38", "1e-45", "123456789.123456789", "0.30000000000000004", "1e22", "1e-22", "16777217", "9007199254740993", "00012.50", ".5", "5.", "-0", "1E+3", "1.7976931348623157e-30"]
        let data = try Dataset.open(files.table(texts.map { "\($0),0\n" }.joined()))
        let got = try Batch(all: data.train).features
        for (text, value) in zip(texts, got) {
            let wanted = Float(try #require(Double(text.hasSuffix(".") ? text + "0" : text.hasPrefix(".") ? "0" + text : text)))
            #expect(value == wanted, "\(text): \(value) instead of \(wanted)")
        }
    }

    @Test func badCellsAreLocated() {
        let found = problems(files.table("a,b,class\n1,x2,0\n1,,1\n  nan,2,0\n1,1e39,0\n1,2,0.5\n1,0x10,1\n1,1e,1\n1,-,1\n", label: "class"))
        #expect(found.map(\.kind.id) == ["NNC0364", "NNC0364", "NNC0363", "NNC0363", "NNC0361", "NNC0364", "NNC0364", "NNC0364"])
        #expect(found.map(place) == ["2:3", "3:3", "4:3", "5:3", "6:5", "7:3", "8:3", "9:3"])
        #expect(found[0].message == "`x2` in column `b` is not a number")
        #expect(found[1].message == "the cell in column `b` is empty")
    }

    @Test func longCellsAreCut() {
        let found = problems(files.table("1,2,0\n1,\(String(repeating: "z", count: 10_000))\u{7},0\n"))
        #expect(found.map(\.kind.id) == ["NNC0364"])
        #expect(found[0].message.count < 120)
    }

    @Test func manyBadCellsAreNotAllShown() {
        let found = problems(files.table("1,0\n" + String(repeating: "x,0\n", count: 500)))
        #expect(found.count == 20)
        #expect(found.last?.help.last?.contains("more problems") == true)
    }

    @Test func raggedLines() {
        let found = problems(files.table("1,2,0\n1,0\n1,2,0,4\n\n1,2,1\n1,2,1,\n"))
        #expect(found.map(\.kind.id) == ["NNC0365", "NNC0365", "NNC0365"])
        #expect(found.map(place) == ["2:3", "3:7", "6:7"])
    }

    @Test func quotesThatDoNotMatch() {
        #expect(problems(files.table("1,2,0\n1,\"2,0\n")).map { "\($0.kind.id) \(place($0))" } == ["NNC0370 2:3"])
        #expect(problems(files.table("1,2,0\n1,\"2\"3,0\n")).map { "\($0.kind.id) \(place($0))" } == ["NNC0370 2:6"])
        #expect(problems(files.table("\"a,b\n1,2\n")).map(\.kind.id) == ["NNC0370"])
    }

    @Test func columnsThatAreNotThere() {
        let table = "width,height,class\n1,2,0\n"
        let near = problems(files.table(table, label: "clas"))
        #expect(near.map(\.kind.id) == ["NNC0366"])
        #expect(near[0].help == ["did you mean `class`?"])
        #expect(problems(files.table(table, label: "zzzzzzzz"))[0].help == ["its columns are `width`, `height`, `class`"])
        #expect(problems(files.table("1,2,0\n", label: "3"))[0].help == ["it has no header; columns are numbered 0…2"])
        var request = files.table(table, label: "class")
        request.columns?.features = [Written("widht"), Written("heigth")]
        #expect(problems(request).map(\.kind.id) == ["NNC0366", "NNC0366"])
        request.columns?.features = [Written("width"), Written("class")]
        #expect(problems(request).map(\.kind.id) == ["NNC0368"])
        #expect(problems(files.table("a,a,b\n1,2,0\n", label: "a")).map(\.kind.id) == ["NNC0367"])
        #expect(problems(files.table("a\n0\n", label: "a")).map(\.kind.id) == ["NNC0366"])
    }

    @Test func filesThatAreNotTables() {
        #expect(problems(files.table("")).map(\.kind.id) == ["NNC0604"])
        #expect(problems(files.table("\n \n\r\n")).map(\.kind.id) == ["NNC0351"])
        #expect(problems(files.table("a,b\n", label: "b")).map(\.kind.id) == ["NNC0351"])
        #expect(problems(files.table("1;2;0\n3;4;1\n")).map(\.kind.id) == ["NNC0369"])
        let binary = files.write("b.csv", [0, 1, 2, 3, 255, 10, 44])
        #expect(problems(DataRequest(source: .files(format: .csv, train: .init(features: [binary]), test: nil))).map(\.kind.id) == ["NNC0364"])
    }

    @Test func aLineWithoutEndIsRefused() {
        let file = files.writeGzip("long.csv.gz", [UInt8](repeating: 0x31, count: 70_000_000))
        #expect(problems(DataRequest(source: .files(format: .csv, train: .init(features: [file]), test: nil))).map(\.kind.id) == ["NNC0371"])
    }

    @Test func longLinesAreRead() throws {
        let row = (0..<100_000).map { String($0 % 10) }.joined(separator: ",")
        let data = try Dataset.open(files.table(row + "\n" + row + "\n"))
        #expect(data.shape == [99_999])
    }

    @Test func valuesForOneOutput() throws {
        let table = "1,0.5\n2,1.5\n"
        let data = try Dataset.open(files.table(table, target: .values(width: 1)))
        #expect(data.classes == nil)
        #expect(try Batch(all: data.train, targetWidth: 1).targets == [0.5, 1.5])
        #expect(problems(files.table(table, target: .values(width: 3))).map(\.kind.id) == ["NNC0361", "NNC0361"])
    }

    @Test func labelsOutOfRangeHaveALine() {
        var request = files.table("a,class\n1,1\n\n2,2\n", label: "class")
        request.classes = Written(2)
        let found = problems(request)
        #expect(found.map { "\($0.kind.id) \(place($0))" } == ["NNC0360 4:3"])
    }

    @Test func splitsMustAgree() {
        let train = files.write("a.csv", text: "1,2,0\n"), test = files.write("b.csv", text: "1,2,3,0\n")
        let request = DataRequest(source: .files(format: .csv, train: .init(features: [train]), test: .init(features: [test])))
        #expect(problems(request).map(\.kind.id) == ["NNC0372"])
        let two = DataRequest(source: .files(format: .csv, train: .init(features: [train, test]), test: nil))
        #expect(problems(two).map(\.kind.id) == ["NNC0372"])
        let apart = DataRequest(source: .files(format: .csv, train: .init(features: [train], labels: test), test: nil))
        #expect(problems(apart).map(\.kind.id) == ["NNC0350"])
    }
}
