import Foundation
import Testing

/// Which of our modules each target may import. A target may name only targets that stand above it in this list, so the
/// list itself shows that imports run in one direction.
private let allowedImports: KeyValuePairs<String, [String]> = [
    "CYaml": [],
    "COpenBLAS": [],
    "CZlib": [],
    "CKernels": [],
    "Diagnostics": [],
    "Syntax": ["Diagnostics", "CYaml"],
    "Model": ["Syntax", "Diagnostics"],
    "Kernels": ["CKernels", "COpenBLAS"],
    "Graph": ["Diagnostics", "Kernels"],
    "Ops": ["Graph", "Kernels"],
    "Lowering": ["Model", "Graph", "Ops", "Kernels", "Diagnostics"],
    "Estimate": ["Graph"],
    "Datasets": ["Diagnostics", "CZlib", "Kernels"],
    "Runtime": ["Graph", "Kernels"],
    "Policies": ["Lowering", "Model", "Ops", "Kernels", "Graph", "Diagnostics"],
    "Calibration": ["Policies", "Lowering", "Estimate", "Runtime", "Ops", "Graph", "Kernels", "Model", "Syntax", "Diagnostics"],
    "Export": ["Runtime", "Lowering", "Graph", "Model"],
    "Driver": [
        "Calibration", "Export", "Policies", "Lowering", "Estimate", "Runtime", "Datasets", "Ops", "Graph", "Kernels", "Model", "Syntax", "Diagnostics",
    ],
    "nnc": ["Driver"],
]

/// Modules from elsewhere, and the targets that may import them.
private let foreignImports: [String: Set<String>] = [
    "Crypto": ["Datasets"],
    "ArgumentParser": ["nnc"],
    "SwiftProtobuf": ["Export"],
]

/// Parts of the standard library and the platform. Diagnostics does no input or output, so it has none of these.
private let platform: Set<String> = ["Foundation", "FoundationEssentials", "Glibc", "Dispatch", "Synchronization"]

private func imports(of file: SourceTree.File) -> [(line: Int, module: String)] {
    file.code.compactMap { number, text in
        let words = text.split(separator: " ").filter { !$0.hasPrefix("@") }
        let visibility: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
        let rest = words.drop { visibility.contains($0) }
        guard rest.first == "import", rest.count >= 2 else { return nil }
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
        guard let path = rest.dropFirst().first(where: { !kinds.contains($0) }) else { return nil }
        return (number, String(path.split(separator: ".")[0]))
    }
}

@Suite struct ImportTests {
    @Test func theListRunsInOneDirection() {
        var above: Set<String> = []
        for (target, modules) in allowedImports {
            for module in modules { #expect(above.contains(module), "\(target) may not import \(module), which stands below it") }
            above.insert(target)
        }
    }

    @Test func everyFolderOfSourcesIsInTheList() {
        let listed = Set(allowedImports.map(\.key))
        for folder in Set(SourceTree.sources.map(\.target)).sorted() {
            #expect(listed.contains(folder), "Sources/\(folder) is not in the list of allowed imports")
        }
        #expect(SourceTree.swift.count > 20)
    }

    @Test func filesImportOnlyWhatTheirTargetMay() {
        let ours = Dictionary(uniqueKeysWithValues: allowedImports.map { ($0.key, Set($0.value)) })
        for file in SourceTree.swift {
            for (line, module) in imports(of: file) {
                let allowed =
                    ours[file.target]?.contains(module) == true
                    || foreignImports[module]?.contains(file.target) == true
                    || (platform.contains(module) && file.target != "Diagnostics")
                #expect(allowed, "\(file.path):\(line): \(file.target) may not import \(module)")
            }
        }
    }

    /// The manifest says the same: SwiftPM lets a target import what another target pulled in, so the two lists can drift.
    @Test func theManifestDeclaresTheSameDependencies() throws {
        let declaration = /library\(\s*"(\w+)"(?:, \[(.*?)\])?(?:,\s*excluding: \[.*?\])?(?:, hot: true)?\)(?:,|\n)/
        var declared: [String: Set<String>] = [:]
        for match in SourceTree.manifest.matches(of: declaration) {
            let names = (match.output.2 ?? "").matches(of: /"(\w+)"/).map { String($0.output.1) }
            let products = (match.output.2 ?? "").matches(of: /name: "(\w+)"/).map { String($0.output.1) }
            let packages = (match.output.2 ?? "").matches(of: /package: "([\w-]+)"/).map { String($0.output.1) }
            declared[String(match.output.1)] = Set(names).subtracting(products).subtracting(packages)
        }
        #expect(declared.count >= 12)
        for (target, modules) in allowedImports {
            guard let inManifest = declared[target] else { continue }
            #expect(inManifest == Set(modules), "Package.swift and the list of allowed imports differ for \(target)")
        }
    }
}
