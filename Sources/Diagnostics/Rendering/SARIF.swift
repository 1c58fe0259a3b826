/// SARIF 2.1.0, which code hosts and editors read.
func renderSARIF(_ diagnostics: [Diagnostic]) -> String {
    let kinds = Set(diagnostics.map(\.kind)).sorted { $0.id < $1.id }
    let run: JSON = .object([
        "tool": .object(["driver": .object([
            "name": .string("nnc"),
            "rules": .array(kinds.map(rule)),
        ])]),
        "columnKind": .string("unicodeCodePoints"),
        "results": .array(diagnostics.map { result($0, kinds) }),
    ])
    let log: JSON = .object([
        "$schema": .string("https://json.schemastore.org/sarif-2.1.0.json"),
        "version": .string("2.1.0"),
        "runs": .array([run]),
    ])
    return encoded(log, pretty: true) + "\n"
}

private func rule(_ kind: DiagnosticKind) -> JSON {
    .object([
        "id": .string(kind.id),
        "shortDescription": text(kind.title),
        "fullDescription": text(kind.explanation),
        "help": text("Wrong:\n\n\(kind.wrong)\n\nRight:\n\n\(kind.right)"),
        "defaultConfiguration": .object(["level": .string(kind.severity.rawValue)]),
    ])
}

private func result(_ diagnostic: Diagnostic, _ kinds: [DiagnosticKind]) -> JSON {
    let message = ([diagnostic.message] + diagnostic.help.map { "help: \($0)" }).joined(separator: "\n")
    var object: [String: JSON] = [
        "ruleId": .string(diagnostic.kind.id),
        "ruleIndex": .int(kinds.firstIndex(of: diagnostic.kind) ?? -1),
        "level": .string(diagnostic.severity.rawValue),
        "message": text(message),
        "locations": .array(physical(diagnostic.location).map { [.object(["physicalLocation": $0])] } ?? []),
    ]
    let related = diagnostic.related.compactMap { place in
        physical(place.location).map { JSON.object(["physicalLocation": $0, "message": text(place.message)]) }
    }
    if !related.isEmpty { object["relatedLocations"] = .array(related) }
    if let fix = diagnostic.fix, let region = region(.range(fix.range)) {
        let replacement = JSON.object(["deletedRegion": region, "insertedContent": text(fix.replacement)])
        object["fixes"] = .array([.object(["artifactChanges": .array([.object([
            "artifactLocation": artifact(fix.range.source.path), "replacements": .array([replacement]),
        ])])])])
    }
    return .object(object)
}

private func text(_ text: String) -> JSON { .object(["text": .string(text)]) }

private func physical(_ location: Location) -> JSON? {
    guard let file = Region(location)?.file else { return nil }
    var object = ["artifactLocation": artifact(file)]
    object["region"] = region(location)
    return .object(object)
}

private func region(_ location: Location) -> JSON? {
    guard let region = Region(location), let line = region.line else { return nil }
    var object: [String: JSON] = ["startLine": .int(line)]
    if let column = region.column { object["startColumn"] = .int(column) }
    if let line = region.endLine { object["endLine"] = .int(line) }
    if let column = region.endColumn { object["endColumn"] = .int(column) }
    return .object(object)
}

/// A path as a URI reference: relative ones stay relative.
private func artifact(_ path: String) -> JSON {
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/".utf8)
    var uri = path.hasPrefix("/") ? "file://" : ""
    for byte in path.utf8 {
        if plain.contains(byte) {
            uri.unicodeScalars.append(Unicode.Scalar(byte))
        } else {
            let digits = String(byte, radix: 16, uppercase: true)
            uri += "%" + (digits.count == 1 ? "0" + digits : digits)
        }
    }
    return .object(["uri": .string(uri)])
}
