/// Another value of one of a policy's fields, with which it may save more.
public struct PolicyChange: Sendable, Hashable {
    /// As the file has it.
    public var field: String
    public var value: String
    /// What is known before a run of what it costs in return, as a sentence without its end.
    public var price: String

    public init(_ field: String, _ value: String, price: String) {
        self.field = field
        self.value = value
        self.price = price
    }
}

/// A policy that knows settings of its own that are worth a look.
///
/// It says which ones mean much the same; whether they save anything is for the lowered plan to say.
public protocol ChangeablePolicy: Policy {
    /// Several values of a field are alternatives.
    func changes(at site: PolicySite) -> [PolicyChange]
}
