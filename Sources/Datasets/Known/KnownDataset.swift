import Diagnostics
import Foundation

/// A data set whose files, sizes and classes are built in.
struct KnownDataset: Sendable {
    struct File: Sendable {
        let name: String
        /// Of the published file, where it is known for certain.
        let sha256: String?

        init(_ name: String, sha256: String? = nil) {
            self.name = name
            self.sha256 = sha256
        }
    }

    let name: String
    let format: DataRequest.Format
    /// Directories that it may lie in, below a directory that is searched.
    let directories: [String]
    let trainFeatures: [File]
    let trainLabels: File?
    let testFeatures: [File]
    let testLabels: File?
    /// Of one example.
    let shape: [Int]
    let trainExamples: Int
    let testExamples: Int
    let classNames: [String]
    /// `Dataset.directions`, where it was computed once, so that an estimate is the same without the files.
    var directions: Double?
    /// How to get it.
    let source: String

    static func named(_ name: Written<String>) throws(DiagnosticError) -> KnownDataset {
        if let known = all.first(where: { $0.name == name.value }) { return known }
        let names = all.map(\.name)
        let near = nearest(name.value, in: names)
        throw DiagnosticError(Diagnostic(
            .unknownDataset, "there is no known data set `\(quoted(name.value))`", at: name.location,
            help: [near.map { "did you mean `\($0)`?" } ?? "known are \(names.map { "`\($0)`" }.joined(separator: ", ")); other files are read with `format:`"]))
    }

    func layout(_ count: Int, _ target: DataRequest.Target) -> Layout {
        Layout(count: count, shape: shape, features: .bytes, target: target == .values(width: 1) ? .values(1) : .classes)
    }

    private var files: [File] { trainFeatures + [trainLabels].compactMap(\.self) + testFeatures + [testLabels].compactMap(\.self) }

    /// The first directory that holds all of its files, each plain or packed.
    func locate(_ request: DataRequest, at location: Location) throws(DiagnosticError) -> (train: DataRequest.FileSet, test: DataRequest.FileSet) {
        var looked: [String] = []
        for root in request.searchDirectories {
            for directory in directories {
                let place = root.hasSuffix("/") ? root + directory : "\(root)/\(directory)"
                let missing = files.filter { Self.path($0, in: place) == nil }
                if missing.isEmpty { return found(in: place, at: location) }
                if missing.count < files.count {
                    looked.append("looked in `\(quoted(place))`: \(missing.map { "`\($0.name)`" }.joined(separator: ", ")) missing")
                } else {
                    looked.append("looked in `\(quoted(place))`")
                }
            }
        }
        throw DiagnosticError(Diagnostic(
            .datasetNotFound, "the files of `\(name)` are not on this machine", at: location,
            help: looked + [source, "set NNC_DATA to the directory that holds `\(directories[0])/`, if it lies elsewhere"]))
    }

    private func found(in place: String, at location: Location) -> (train: DataRequest.FileSet, test: DataRequest.FileSet) {
        func written(_ file: File) -> Written<String> { Written(Self.path(file, in: place) ?? file.name, location) }
        return (
            DataRequest.FileSet(features: trainFeatures.map(written), labels: trainLabels.map(written)),
            DataRequest.FileSet(features: testFeatures.map(written), labels: testLabels.map(written))
        )
    }

    private static func path(_ file: File, in directory: String) -> String? {
        let packed = "\(directory)/\(file.name)"
        let plain = packed.hasSuffix(".gz") ? String(packed.dropLast(3)) : packed
        return [packed, plain, plain + ".gz"].first { FileManager.default.fileExists(atPath: $0) }
    }

    /// The files must hold what is built in about them.
    func check(train: Layout, test: Layout, at location: Location) throws(DiagnosticError) {
        for (part, layout, count) in [("training", train, trainExamples), ("test", test, testExamples)]
        where layout.shape != shape || layout.count != count {
            throw DiagnosticError(Diagnostic(
                .datasetDiffers,
                "the files of `\(name)` hold \(layout.count) \(part) examples of shape \(shapeText(layout.shape)); they should be \(count) of shape \(shapeText(shape))",
                at: location, help: ["another data set lies under this name; name its files with `format: \(format.rawValue)`"]))
        }
    }

    /// Only for files under their published name: a file packed in another way has another checksum and the same content.
    func checksumWarning(_ record: DataFileRecord) -> Diagnostic? {
        let base = record.path.split(separator: "/").last.map(String.init) ?? record.path
        guard let expected = files.first(where: { $0.name == base })?.sha256, expected != record.sha256 else { return nil }
        return Diagnostic(
            .checksumDiffers, "`\(record.path)` is not the published file of `\(name)`: its SHA-256 is \(record.sha256), not \(expected)",
            at: .file(path: record.path), help: [source])
    }
}

extension DataRequest {
    /// $NNC_DATA, ./data, /usr/share/datasets.
    public static func standardDirectories(environment: [String: String] = ProcessInfo.processInfo.environment) -> [String] {
        [environment["NNC_DATA"]].compactMap { $0 }.filter { !$0.isEmpty } + ["data", "/usr/share/datasets"]
    }
}
