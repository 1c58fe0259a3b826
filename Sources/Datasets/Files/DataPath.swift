import Diagnostics
import Foundation

/// A data file that was found, is a regular file, and may be read.
struct DataPath: Sendable {
    let path: String
    /// Where the model file names it.
    let named: Location
    /// On disk.
    let byteCount: Int
    let isGzip: Bool

    init(_ written: Written<String>) throws(DiagnosticError) {
        let path = written.value
        self.path = path
        named = written.location
        var status = stat()
        // A NUL would cut the name short for the system, which would then open another file.
        guard !path.isEmpty, !path.utf8.contains(0), stat(path, &status) == 0 else {
            throw DiagnosticError(.missingDataFile(path, at: written.location))
        }
        let type = status.st_mode & S_IFMT
        if type == S_IFDIR { throw DiagnosticError(.dataFileIsDirectory(path, at: written.location)) }
        if type != S_IFREG {
            throw DiagnosticError(.unreadableDataFile(path, reason: "it is not a regular file", at: written.location))
        }
        guard let file = fopen(path, "rb") else {
            throw DiagnosticError(.unreadableDataFile(path, reason: String(cString: strerror(errno)), at: written.location))
        }
        defer { fclose(file) }
        byteCount = Int(status.st_size)
        if byteCount == 0 { throw DiagnosticError(.emptyDataFile(path, at: written.location)) }
        isGzip = fgetc(file) == 0x1F && fgetc(file) == 0x8B
    }

    /// The file as a whole, and where it is named.
    func problem(_ kind: DiagnosticKind, _ message: String, help: [String] = []) -> DiagnosticError {
        DiagnosticError(diagnostic(kind, message, help: help))
    }

    func diagnostic(_ kind: DiagnosticKind, _ message: String, line: Int? = nil, column: Int = 0, help: [String] = []) -> Diagnostic {
        let location = line.map { Location.place(path: path, line: $0, column: column) } ?? .file(path: path)
        return Diagnostic(
            kind, message, at: location,
            related: named == .nowhere ? [] : [RelatedPlace(named, "the file is named here")], help: help)
    }

    /// Refuses, before anything is allocated, content that the file cannot hold.
    ///
    /// A plain file says its size. Deflate packs at most 1032 bytes into one, so a packed file bounds its content.
    func checkHolds(_ bytes: Int?, described: String) throws(DiagnosticError) {
        if let bytes, isGzip ? bytes <= byteCount.multipliedSaturating(by: 1032) : bytes <= byteCount { return }
        let needs = bytes.map(byteText) ?? "more bytes than can be counted"
        throw problem(
            .dataFileTooShort, "the header promises \(described), which takes \(needs); the file holds \(byteText(byteCount))\(isGzip ? " packed" : "")",
            help: ["the file was cut off, or its header is wrong"])
    }
}

extension Int {
    func multipliedSaturating(by other: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}

/// `1 byte`, `512 bytes`, `47.0 MB` (10^6).
func byteText(_ bytes: Int) -> String {
    if bytes == 1 { return "1 byte" }
    let units = ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"]
    var value = Double(bytes), unit = 0
    while value >= 1000, unit < units.count - 1 {
        value /= 1000
        unit += 1
    }
    return unit == 0 ? "\(bytes) bytes" : "\(String(format: "%.1f", value)) \(units[unit])"
}
