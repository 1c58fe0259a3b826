import Diagnostics

// Problems that more than one place reports.
extension Diagnostic {
    static func missingDataFile(_ path: String, at location: Location) -> Diagnostic {
        Diagnostic(
            .missingDataFile, "there is no data file `\(quoted(path))`", at: location == .nowhere ? .file(path: path) : location,
            help: ["paths are relative to the file they stand in"])
    }

    static func dataFileIsDirectory(_ path: String, at location: Location) -> Diagnostic {
        Diagnostic(
            .dataFileIsDirectory, "`\(quoted(path))` is a directory", at: location == .nowhere ? .file(path: path) : location,
            help: ["name the file in it"])
    }

    static func unreadableDataFile(_ path: String, reason: String, at location: Location) -> Diagnostic {
        Diagnostic(
            .unreadableDataFile, "`\(quoted(path))` cannot be read: \(reason)",
            at: location == .nowhere ? .file(path: path) : location)
    }

    static func emptyDataFile(_ path: String, at location: Location) -> Diagnostic {
        Diagnostic(.emptyDataFile, "`\(quoted(path))` is empty", at: location == .nowhere ? .file(path: path) : location)
    }

    static func labelsNotNamed(at location: Location) -> Diagnostic {
        Diagnostic(
            .labelsNotNamed, "the file of the labels is not named", at: location,
            help: ["idx and npy keep labels in a file of their own: `labels: labels.npy`"])
    }

    static func dataTooLarge(_ bytes: Int, free: Int?, at location: Location) -> Diagnostic {
        Diagnostic(
            .dataTooLarge,
            "the examples take \(bytes == .max ? "more bytes than can be counted" : byteText(bytes))"
                + (free.map { "; \(byteText($0)) are free" } ?? ", which the system does not give"),
            at: location, help: ["use fewer or smaller files"])
    }
}

/// A piece of a user's file, cut to a length that fits a line and without control characters.
func quoted(_ text: String, limit: Int = 200) -> String {
    var result = ""
    var count = 0
    for scalar in text.unicodeScalars {
        if count == limit { return result + "…" }
        count += 1
        if scalar.value < 32 || scalar.value == 127 {
            result += "\\u{\(String(scalar.value, radix: 16))}"
        } else {
            result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// `[28, 28, 1]` as a person writes it.
func shapeText(_ shape: [Int]) -> String { "[" + shape.map(String.init).joined(separator: ", ") + "]" }
