import Testing

@Suite struct FileTests {
    /// Past 400 lines a file is to be split soon; past 800 it is the file where everything meets.
    @Test func filesStaySmall() {
        // What a generator writes is as long as it is.
        for file in SourceTree.sources where !file.path.hasSuffix(".pb.swift") {
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false).count
            #expect(lines <= 800, "\(file.path) has \(lines) lines: split it")
            if lines > 400 { Issue.record("\(file.path) has \(lines) lines: split it soon", severity: .warning) }
        }
    }

    @Test func nothingIsLeftForLater() {
        for file in SourceTree.sources {
            for (index, line) in file.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            where line.contains(/\b(?:TODO|FIXME|XXX)\b/) {
                Issue.record("\(file.path):\(index + 1): work left for later")
            }
        }
    }

    /// Files never name a place on the machine where they were written.
    @Test func noPathsOfOneMachine() {
        // In two parts, or this file would find itself.
        let foreign = "/" + "work/"
        for file in SourceTree.published {
            for (index, line) in file.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            where line.contains(foreign) {
                Issue.record("\(file.path):\(index + 1): names \(foreign)")
            }
        }
        #expect(SourceTree.published.count > 20)
    }
}
