import Diagnostics
import Foundation
import Testing

@Suite struct MachineFormatTests {
    static let found = diagnostic(
        "größe: 1\nunit: 5\n", marking: "unit", path: "a dir/mödel.yaml", "unknown key `unit`, 100 %: \"no\"", related: ["größe"],
        help: ["did you mean\n`units`?"], replacement: "units")
    static let all = [
        found,
        Diagnostic(.emptyFile, "empty", at: .file(path: "/models/b.yaml")),
        Diagnostic(.unknownKey, "cell", at: .place(path: "c.csv", line: 3, column: 0)),
        Diagnostic(.unknownKey, "nowhere", at: .nowhere),
        diagnostic("a: [\n 1 ]\n", marking: "[\n 1 ]"),
    ]

    private func objects(_ text: String) throws -> Any { try JSONSerialization.jsonObject(with: Data(text.utf8)) }

    @Test func json() throws {
        #expect(render([], format: .json) == "[]\n")
        #expect(render([Self.found], format: .json) == """
            [
            {"column":1,"endColumn":5,"endLine":2,"file":"a dir/mödel.yaml","fix":{"column":1,"endColumn":5,"endLine":2,"file":"a dir/mödel.yaml",\
            "line":2,"replacement":"units"},"help":["did you mean\\n`units`?"],"id":"NNC0102","label":null,"line":2,\
            "message":"unknown key `unit`, 100 %: \\"no\\"","related":[{"column":1,"endColumn":6,"endLine":1,"file":"a dir/mödel.yaml",\
            "line":1,"message":"see here"}],"severity":"error"}
            ]

            """)
        let list = try #require(try objects(render(Self.all, format: .json)) as? [[String: Any]])
        #expect(list.count == 5)
        #expect(Set(list.map { $0.keys.sorted() }).count == 1)
        #expect(list[1]["line"] is NSNull && list[1]["file"] as? String == "/models/b.yaml")
        #expect(list[2]["line"] as? Int == 3 && list[2]["column"] is NSNull)
        #expect(list[4]["endLine"] as? Int == 2 && list[4]["endColumn"] as? Int == 5)
    }

    @Test func stringsAreEscaped() throws {
        let message = "\u{0}\u{1}\t\r\n\"\\/\u{7F}\u{85}\u{2028}é模🙂\u{1B}"
        let text = render([Diagnostic(.unknownKey, message, at: .nowhere)], format: .json)
        #expect(text.split(whereSeparator: \.isNewline).count == 3)
        let list = try #require(try objects(text) as? [[String: Any]])
        #expect(list[0]["message"] as? String == message)
    }

    @Test func sarif() throws {
        let log = try #require(try objects(render(Self.all, format: .sarif)) as? [String: Any])
        #expect(log["version"] as? String == "2.1.0")
        let run = try #require((log["runs"] as? [[String: Any]])?.first)
        let driver = try #require((run["tool"] as? [String: [String: Any]])?["driver"])
        let rules = try #require(driver["rules"] as? [[String: Any]])
        #expect(rules.map { $0["id"] as? String } == ["NNC0102", "NNC0116"])
        let results = try #require(run["results"] as? [[String: Any]])
        #expect(results.map { $0["ruleIndex"] as? Int } == [0, 1, 0, 0, 0])
        let text = render(Self.all, format: .sarif)
        #expect(text.contains("\"uri\": \"a%20dir/m%C3%B6del.yaml\""))
        #expect(text.contains("\"uri\": \"file:///models/b.yaml\""))
        #expect((results[3]["locations"] as? [Any])?.isEmpty == true)
        #expect(results[0]["fixes"] != nil && results[0]["relatedLocations"] != nil)
    }

    @Test func github() {
        let lines = render(Self.all, format: .github).split(separator: "\n").map(String.init)
        #expect(lines == [
            "::error file=a dir/mödel.yaml,line=2,col=1,endLine=2,endColumn=5,title=NNC0102%3A unknown key::unknown key `unit`, 100 %25: \"no\"%0Ahelp: did you mean%0A`units`?",
            "::error file=/models/b.yaml,title=NNC0116%3A the file is empty::empty",
            "::error file=c.csv,line=3,title=NNC0102%3A unknown key::cell",
            "::error title=NNC0102%3A unknown key::nowhere",
            "::error file=model.yaml,line=1,endLine=2,title=NNC0102%3A unknown key::unknown key `unit` in a dense layer",
        ])
    }
}
