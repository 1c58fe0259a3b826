import Diagnostics
import Testing

@Suite struct CatalogueTests {
    @Test func idsAreUniqueSortedAndWellFormed() {
        let ids = DiagnosticKind.all.map(\.id)
        #expect(ids == ids.sorted())
        #expect(Set(ids).count == ids.count)
        for id in ids {
            #expect(id.count == 7 && id.hasPrefix("NNC0") && "123456".contains(id.dropFirst(4).first ?? "0"), "\(id)")
            #expect(id.dropFirst(3).allSatisfy { $0.isASCII && $0.isNumber }, "\(id)")
        }
    }

    @Test func textsAreComplete() {
        for kind in DiagnosticKind.all {
            for text in [kind.title, kind.explanation, kind.wrong, kind.right] {
                #expect(!text.isEmpty, "\(kind.id)")
                for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
                    #expect(line.last != " ", "\(kind.id): a space ends a line of \(text)")
                }
            }
            #expect(!kind.title.contains("\n") && !kind.title.hasSuffix("."), "\(kind.id): the title is one line without a full stop")
            #expect(kind.explanation.hasSuffix("."), "\(kind.id): the explanation is made of sentences")
            #expect(kind.wrong != kind.right, "\(kind.id)")
        }
    }

    @Test(arguments: ["NNC0102", "nnc0102", "102", "0102"])
    func explains(_ id: String) throws {
        let text = try #require(explain(id))
        #expect(text == """
            error[NNC0102]: unknown key

            A key that nnc does not know would change nothing, and the network would train
            with a default in place of the value that was meant. So it is an error, at every
            depth. Keys that begin with `x-` are free, for notes and anchors.

            Wrong:

                - { type: dense, unit: 1000 }

            Right:

                - { type: dense, units: 1000 }

            """)
    }

    @Test(arguments: ["", "NNC9999", "99999", "unknown", "१०२"])
    func unknownIDs(_ id: String) {
        #expect(explain(id) == nil)
    }

    @Test func theNearestIDIsFound() {
        #expect(nearestID(to: "nnc01022") == "NNC0102")
        #expect(nearestID(to: "NCN0102") == "NNC0102")
        #expect(nearestID(to: "hello") == nil)
    }
}

@Suite struct NearestTests {
    @Test(arguments: [
        ("unit", "units"), ("unist", "units"), ("UNITS", "units"), ("batch-size", "batch_size"), ("bachsize", "batch_size"),
        ("lerning_rate", "learning_rate"), ("ues_bias", "use_bias"), ("poool_size", "pool_size"), ("batchSize", "batch_size"),
    ])
    func misspelt(_ word: String, _ expected: String) {
        #expect(nearest(word, in: ["use_bias", "units", "batch_size", "learning_rate", "pool_size"]) == expected)
    }

    @Test(arguments: ["", "x", "colour", "ab", "a word that is very long indeed and resembles nothing, whatever the list holds, really"])
    func nothingAlike(_ word: String) {
        #expect(nearest(word, in: ["use_bias", "units", "lr"]) == nil)
    }

    @Test func theFirstOfEquallyNearOnesIsTaken() {
        #expect(nearest("cat", in: ["bat", "hat", "dog"]) == "bat")
        #expect(nearest("c", in: ["b"]) == nil)
    }
}
