/// What the checker must know of a policy: its keyword, its slot and its fields. The list of policies
/// stands above this module and is handed in, so the checker knows none by name.
public struct PolicySchema: Sendable {
    public var slot: PolicySpec.Slot
    public var keyword: String
    public var summary: String
    /// The keys beside `type`.
    public var fields: [Key]
    /// What other tools and papers call its fields, each with the right name here.
    public var otherNames: [String: String]
    public var example: String?

    public init(
        slot: PolicySpec.Slot, keyword: String, summary: String, fields: [Key] = [],
        otherNames: [String: String] = [:], example: String? = nil
    ) {
        self.slot = slot
        self.keyword = keyword
        self.summary = summary
        self.fields = fields
        self.otherNames = otherNames
        self.example = example
    }

    var variant: Variant {
        Variant(keyword, summary, otherNames: otherNames, example: example, keys: fields)
    }
}
