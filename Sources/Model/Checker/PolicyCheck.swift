import Diagnostics
import Syntax

extension CheckContext {
    /// The policy of a slot by its keyword; says so where it belongs to another slot.
    func checkPolicyType(_ word: String, _ node: Node, _ schema: VariantSchema, _ slot: PolicySpec.Slot) -> Variant? {
        if let variant = schema.variant(word) { return variant }
        if let elsewhere = language.schemas.first(where: { $0.keyword == word }) {
            report(.policyInWrongSlot, "`\(word)` is a policy of the slot `\(elsewhere.slot.rawValue)`, not of `\(slot.rawValue)`", at: node.location,
                help: ["write `\(elsewhere.slot.rawValue): { type: \(word), … }`"])
            return nil
        }
        let own = schema.words.supported
        let right = nearest(word, in: own)
        let help: [String] =
            if let right { ["did you mean `\(right)`?"] }
            else if own.isEmpty { ["this version of nnc has no policy for the slot `\(slot.rawValue)`"] }
            else { ["it is one of \(own.quotedList)"] }
        report(.unknownPolicyType, "unknown \(slot.rawValue) policy `\(word.shortened)`", at: node.location, help: help, fix: right.map { Fix(node.range, $0) })
        return nil
    }

    /// The named policies of the file, by name. Entries that hold a mistake are there too, so that using one is no second mistake.
    struct NamedPolicy {
        var name: Located<String>
        var object: CheckedObject?
        var isUsed = false
    }

    func namedPolicies(_ file: CheckedObject) -> [NamedPolicy] {
        guard let checked = file["policies"], case .map(let entries) = checked.value else { return [] }
        return entries.map { NamedPolicy(name: $0.name, object: $0.value.object) }
    }

    /// The policy of one layer, by slot.
    func policies(of layer: CheckedObject, _ named: inout [NamedPolicy]) -> [PolicySpec] {
        guard let checked = layer["policy"] else { return [] }
        let isDefault = !layer.entries.contains { $0.key.name == "policy" }
        switch checked.value {
        case .text("none"): return []
        case .text(let name):
            guard let index = named.firstIndex(where: { $0.name.value == name }) else {
                let right = nearest(name, in: named.map(\.name.value) + ["none"])
                report(.unknownPolicy, "no policy is called `\(name.shortened)`", at: checked.location,
                    help: right.map { ["did you mean `\($0)`?"] } ?? (named.isEmpty ? ["define it under `policies:`"] : ["`policies` has \(named.map(\.name.value).quotedList)"]),
                    fix: right.map { Fix(checked.node.range, $0) })
                return []
            }
            named[index].isUsed = true
            return named[index].object.map { slots($0, isDefault: isDefault) } ?? []
        case .object(let object):
            reportEmpty(object, at: object.anchor)
            return slots(object, isDefault: isDefault)
        default: return []
        }
    }

    func reportUnused(_ named: [NamedPolicy]) {
        for policy in named {
            if let object = policy.object { reportEmpty(object, at: policy.name.location) }
            if !policy.isUsed {
                report(.unusedPolicy, "no layer uses the policy `\(policy.name.value)`", at: policy.name.location, help: ["write `policy: \(policy.name.value)` on a layer, or take it out"])
            }
        }
    }

    private func reportEmpty(_ object: CheckedObject, at location: Location) {
        let hasSlot = (object.node.entries ?? []).contains { entry in
            guard let name = entry.key.scalar?.text else { return false }
            // A misspelt slot has been reported already.
            return PolicySpec.Slot(rawValue: name) != nil || (name != "start" && !name.hasPrefix("x-"))
        }
        if !hasSlot { report(.emptyPolicy, "a policy needs at least one of its slots \(PolicySpec.Slot.allCases.map(\.rawValue).quotedList)", at: location) }
    }

    private func slots(_ object: CheckedObject, isDefault: Bool) -> [PolicySpec] {
        let start = object["start"] == nil ? nil : object.span("start")
        return PolicySpec.Slot.allCases.compactMap { slot in
            guard let policy = object.object(slot.rawValue), let type = policy.type else { return nil }
            return PolicySpec(slot: slot, type: type, fields: PolicyFields(policy), start: start, isDefault: isDefault)
        }
    }
}
