import Diagnostics
import Foundation
import Model
import Policies
import Syntax

/// What a model was checked from, so that it can be checked again with something in it changed.
struct ModelOrigin: Sendable {
    /// With `extends`, `set` and `--set` put in.
    var tree: Syntax.Node
    /// Where relative paths start.
    var directory: String
    var environment: [String: String]

    /// The model of another tree in the same place.
    func check(_ tree: Syntax.Node, _ diagnostics: inout [Diagnostic]) -> ModelFile? {
        Model.check(tree, policies: allPolicies.map { $0.schema }, directory: directory, environment: environment, diagnostics: &diagnostics)
    }

    /// The same file with one field changed of the policy whose `type` is written there, as whoever follows an advice would write it. What several layers share
    /// changes for all of them, aliases of one anchor included.
    func check(setting field: String, to value: String, besideType type: Location, _ diagnostics: inout [Diagnostic]) -> ModelFile? {
        check(tree.setting(field, to: value, besideType: type), &diagnostics)
    }
}

extension Syntax.Node {
    fileprivate func setting(_ field: String, to value: String, besideType type: Location) -> Syntax.Node {
        switch content {
        case .scalar, .invalid: return self
        case .sequence(let elements): return with(.sequence(elements.map { $0.setting(field, to: value, besideType: type) }))
        case .mapping(let entries):
            guard let own = self["type"], own.location == type else {
                return with(.mapping(entries.map { Entry(key: $0.key, value: $0.value.setting(field, to: value, besideType: type)) }))
            }
            let new = Syntax.Node(.scalar(Scalar(value)), own.range)
            let others = entries.filter { $0.key.scalar?.text != field }
            return with(.mapping(others + [Entry(key: Syntax.Node(.scalar(Scalar(field)), own.range), value: new)]))
        }
    }
}
