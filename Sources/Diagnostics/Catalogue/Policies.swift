extension DiagnosticKind {
    /// Group 04: policies.
    static let policyKinds: [DiagnosticKind] = [
        unknownPolicy, unknownPolicyType, policyInWrongSlot, unusedPolicy, emptyPolicy,
    ]

    public static let unknownPolicy = DiagnosticKind(
        "NNC0401", title: "a policy name that is not defined",
        explanation: """
            A layer names an entry under `policies:`, gives a policy in place, or says `none`.
            """,
        wrong: """
            policies: { hashed: { forward: { … } } }
            - { type: dense, units: 1000, policy: hased }
            """,
        right: """
            policies: { hashed: { forward: { … } } }
            - { type: dense, units: 1000, policy: hashed }
            """)

    public static let unknownPolicyType = DiagnosticKind(
        "NNC0402", title: "a policy that this nnc does not have",
        explanation: """
            The `type` in a slot names one of the policies that were built into this program; `nnc schema --reference` lists \
            them.
            """,
        wrong: """
            forward: { type: no_such_policy }
            """,
        right: """
            forward: { type: … }   # one of those that the reference lists
            """)

    public static let policyInWrongSlot = DiagnosticKind(
        "NNC0403", title: "a policy in a slot that is not its own",
        explanation: """
            Each policy belongs to one slot: `forward` says which units are computed, `backward` which entries of the \
            gradient are kept, `neurons` which units exist.
            """,
        wrong: """
            forward: { type: … }   # a policy of the backward slot
            """,
        right: """
            backward: { type: … }
            """)

    public static let unusedPolicy = DiagnosticKind(
        "NNC0404", .warning, title: "a policy that no layer uses",
        explanation: """
            The entry under `policies:` changes nothing, because no layer names it. Most often the name on the layer was \
            forgotten.
            """,
        wrong: """
            policies: { hashed: { forward: { … } } }
            - { type: dense, units: 1000 }
            """,
        right: """
            policies: { hashed: { forward: { … } } }
            - { type: dense, units: 1000, policy: hashed }
            """)

    public static let emptyPolicy = DiagnosticKind(
        "NNC0405", title: "a policy without a slot",
        explanation: """
            A policy says what may be skipped in at least one of its slots `forward`, `backward` and `neurons`.
            """,
        wrong: """
            policies: { hashed: { start: 1 epoch } }
            """,
        right: """
            policies: { hashed: { forward: { … }, start: 1 epoch } }
            """)
}
