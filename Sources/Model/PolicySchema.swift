import Diagnostics

/// What the checker must know of a policy: its keyword, its slot and its fields. The list of policies
/// stands above this module and is handed in, so the checker knows none by name.
public struct PolicySchema: Sendable {
    public var slot: PolicySpec.Slot
    public var keyword: String
    public var summary: String

    public init(slot: PolicySpec.Slot, keyword: String, summary: String) {
        self.slot = slot
        self.keyword = keyword
        self.summary = summary
    }
}
