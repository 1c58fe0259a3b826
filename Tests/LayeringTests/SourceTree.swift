import Foundation

/// The checkout's own files, read as text.
enum SourceTree {
    struct File: Sendable, CustomStringConvertible {
        /// From the checkout's root: `Sources/Graph/Graph.swift`.
        var path: String
        var text: String

        /// The folder below `Sources/`; a target's name.
        var target: String { String(path.split(separator: "/").dropFirst().first ?? "") }
        var description: String { path }

        /// The lines without comments that reach to the end of a line, each with its number from 1.
        var code: [(number: Int, text: Substring)] {
            text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { index, line in
                (index + 1, line.range(of: "//").map { line[..<$0.lowerBound] } ?? line)
            }
        }
    }

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let manifest = (try? String(contentsOf: root.appendingPathComponent("Package.swift"), encoding: .utf8)) ?? ""

    /// Swift files below `Sources/`, sorted by path.
    static let swift: [File] = files(below: ["Sources"], withExtensions: ["swift"])

    /// Swift and C files below `Sources/`.
    static let sources: [File] = files(below: ["Sources"], withExtensions: ["swift", "c", "h"])

    /// All text that is published.
    static let published: [File] = files(
        below: ["Sources", "Tests", "models", "grammar", ".ci", "README.md", "ARCHITECTURE.md", "Package.swift"],
        withExtensions: ["swift", "c", "h", "md", "yaml", "yml", "json", "py", "sh", "csv", "txt", ""])

    private static func files(below places: [String], withExtensions extensions: Set<String>) -> [File] {
        var paths: [String] = []
        for place in places {
            let url = root.appendingPathComponent(place)
            if (try? url.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == true {
                let found = FileManager.default.enumerator(atPath: url.path)?.compactMap { $0 as? String } ?? []
                paths += found.map { "\(place)/\($0)" }
            } else {
                paths.append(place)
            }
        }
        return paths.sorted().compactMap { path in
            let url = root.appendingPathComponent(path)
            guard extensions.contains(url.pathExtension), !path.contains("__pycache__"),
                // What a training left there is nobody's to publish.
                !path.hasPrefix("models/runs/"),
                let text = try? String(contentsOf: url, encoding: .utf8)
            else { return nil }
            return File(path: path, text: text)
        }
    }
}
