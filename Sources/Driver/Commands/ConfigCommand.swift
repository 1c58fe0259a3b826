extension CheckedModel {
    var resolvedText: String { "" }
}
public func configText(_ f: String, overrides: [String]) throws -> String { "" }
public func schemaText(reference: Bool) throws -> String { "" }
