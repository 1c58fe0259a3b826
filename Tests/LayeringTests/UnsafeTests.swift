import Testing

/// Where unsafe pointers may stand: at the borders to C, and in the kernels. A folder ends with a slash.
private let mayBeUnsafe = [
    "Sources/Kernels/",
    "Sources/Runtime/Files/",
    "Sources/Syntax/YAMLEvents.swift",
]

@Suite struct UnsafeTests {
    @Test func unsafeCodeStandsOnlyAtTheBorders() {
        for file in SourceTree.swift where !mayBeUnsafe.contains(where: file.path.hasPrefix) {
            for (line, text) in file.code where text.contains(/\b(?:with)?[Uu]nsafe/) {
                Issue.record("\(file.path):\(line): unsafe code outside the parser, the arena and the kernels")
            }
        }
    }

    @Test func noExceptionIsStale() {
        for place in mayBeUnsafe {
            let users = SourceTree.swift.filter { $0.path.hasPrefix(place) && $0.text.contains(/\b(?:with)?[Uu]nsafe/) }
            #expect(!users.isEmpty, "\(place) has no unsafe code: take it from the list")
        }
    }

    /// Bad input must end with a diagnostic, so nothing in the program may give up on its own.
    @Test func nothingTrapsOnPurpose() {
        for file in SourceTree.swift {
            for (line, text) in file.code where text.contains(/\bfatalError\(|\btry!|\bas!/) {
                Issue.record("\(file.path):\(line): traps instead of reporting a problem")
            }
        }
    }
}
