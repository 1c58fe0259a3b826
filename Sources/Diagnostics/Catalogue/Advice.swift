extension DiagnosticKind {
    /// Group 04: what is worth knowing about policies that are right as they stand. What does not pay at all is `policyDoesNotPay`.
    static let adviceKinds: [DiagnosticKind] = [littleToSave, findingCostsMore, settingSavesMore]

    public static let littleToSave = DiagnosticKind(
        "NNC0430", .note, title: "a policy with little to save",
        explanation: """
            A policy saves a part of the work of the layers that have it, and of those that read them; one of the slot `backward` a part of \
            their backward pass and update. Where other layers hold nearly all of a step, no setting of the policy can make training \
            much shorter. The share is that of the network without policies: of its time on a machine that was measured, and of its \
            multiplications otherwise. `nnc estimate` shows which layers hold the rest.
            """,
        wrong: """
            - { name: c1, type: conv2d, filters: 64, kernel_size: 5 }
            - { type: flatten }
            - { name: head, type: dense, units: 16, policy: { backward: { type: topk, k: 5% } } }
            """,
        right: """
            - { name: c1, type: conv2d, filters: 64, kernel_size: 5, policy: { backward: { type: topk, k: 5% } } }
            - { type: flatten }
            - { name: head, type: dense, units: 16 }
            """)

    public static let findingCostsMore = DiagnosticKind(
        "NNC0431", .warning, title: "finding units costs more than leaving the others out saves",
        explanation: """
            Which units take part has to be found out in every step: an input is hashed, buckets are looked up, scores are \
            compared, and tables are kept up to date. Here that is expected to take longer than all the products that it \
            saves, so the layer would train faster without the policy. The help says what would make it pay, where something does: \
            a wider layer, or settings that find units with less work.
            """,
        wrong: """
            - { type: dense, units: 64, policy: { forward: { type: hash_gather, function: simhash, tables: 200, active: 25% } } }
            """,
        right: """
            - { type: dense, units: 4000, policy: { forward: { type: hash_gather, function: simhash, tables: 50, active: 5% } } }
            """)

    public static let settingSavesMore = DiagnosticKind(
        "NNC0432", .note, title: "another setting would save more",
        explanation: """
            The same file with this one value changed was checked, lowered and costed like any other, and a step would be \
            shorter by so much. Most settings that save time choose units less well, and the help says what is known of that before a \
            run; what it does to the accuracy only training tells. `nnc bench FILE --set … --epochs 5` measures both.
            """,
        wrong: """
            forward: { type: hash_gather, function: simhash, tables: 400, active: 5% }
            """,
        right: """
            forward: { type: hash_gather, function: simhash, tables: 50, active: 5% }
            """)
}
