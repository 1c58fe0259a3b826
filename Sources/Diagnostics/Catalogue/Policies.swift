extension DiagnosticKind {
    /// Group 04: policies.
    static let policyKinds: [DiagnosticKind] = [
        unknownPolicy, unknownPolicyType, policyInWrongSlot, unusedPolicy, emptyPolicy, policyKeepsAll, policyNeedsAnother, notAShare,
        unitsCannotGo, policyDoesNotPay, outputLayerStaysWhole, probeTooSmall, lossBoundWithoutValidation, policyNeverLooks, noBiasToFoldInto,
        hashCannotBe, notForThisLayer, unitListUnusable, policiesDoNotMix, chosenByLot, strategyDoesNotFit,
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

    public static let policyKeepsAll = DiagnosticKind(
        "NNC0406", .warning, title: "a policy that leaves nothing out",
        explanation: """
            The number given is that of all units of the layer, or more, so the layer trains as if it had no policy.
            """,
        wrong: """
            - { type: dense, units: 100, policy: { backward: { type: topk, k: 200 } } }
            """,
        right: """
            - { type: dense, units: 100, policy: { backward: { type: topk, k: 5 } } }
            """)

    public static let policyNeedsAnother = DiagnosticKind(
        "NNC0407", title: "a policy that needs another one beside it",
        explanation: """
            Some policies go by what another slot of the same layer does: simplification counts how often the gradient of a \
            unit is kept, so there must be a policy that keeps some of it.
            """,
        wrong: """
            policy: { neurons: { type: simplify } }
            """,
        right: """
            policy: { backward: { type: topk, k: 30% }, neurons: { type: simplify } }
            """)

    public static let notAShare = DiagnosticKind(
        "NNC0408", title: "a count where only a share makes sense",
        explanation: """
            The value is a part of something whose size the file does not give, so it is written in percent.
            """,
        wrong: """
            neurons: { type: simplify, drop_below: 5 }
            """,
        right: """
            neurons: { type: simplify, drop_below: 5% }
            """)

    public static let unitsCannotGo = DiagnosticKind(
        "NNC0409", title: "units that a policy cannot take away",
        explanation: """
            A policy of the slot `neurons` takes units out of a layer. The units of the last layer are the network's answers, so none \
            of them can go. Units that an `add` layer adds to those of other layers go or stay together: the layer with the policy decides \
            for all of them, so no other one may have a policy of its own for them, be the network's input or its output, or have \
            `trainable: false`, and they must be added one by one.
            """,
        wrong: """
            - { name: out, type: dense, units: 10, policy: { neurons: { … } } }
            """,
        right: """
            - { name: h1, type: dense, units: 500, policy: { neurons: { … } } }
            - { name: out, type: dense, units: 10 }
            """)

    public static let policyDoesNotPay = DiagnosticKind(
        "NNC0410", .warning, title: "a policy that is not expected to save time",
        explanation: """
            Choosing which units take part costs time too, and rows that are picked out are multiplied more slowly than whole \
            matrices. On a narrow layer, or where most of it is kept, that is more than the policy saves. The step was costed with the policy \
            and without it: by the profile of the machine where it has been measured (`nnc calibrate`), and roughly, by the usual speed of \
            a processor for each kind of work, otherwise. The help says what would pay, where something does. Policies that change how many \
            units there are, are judged by the whole run.
            """,
        wrong: """
            - { type: dense, units: 16, policy: { backward: { type: topk, k: 8, per: example } } }
            """,
        right: """
            - { type: dense, units: 16 }
            """)

    public static let outputLayerStaysWhole = DiagnosticKind(
        "NNC0411", .warning, title: "a gradient policy on the output layer",
        explanation: """
            The output layer has few units, and each of them is an answer, so policies of the slot `backward` leave it whole. \
            Given as a default for all layers, this is not worth a word; given on the layer itself, it changes nothing.
            """,
        wrong: """
            - { name: out, type: dense, units: 10, policy: { backward: { type: topk, k: 2 } } }
            """,
        right: """
            - { name: out, type: dense, units: 10, policy: { backward: { type: topk, k: 2, output_layer: true } } }
            """)

    public static let probeTooSmall = DiagnosticKind(
        "NNC0412", .warning, title: "too few examples to judge units by",
        explanation: """
            Whether one unit can be predicted from the others is seen on a sample of training examples. With fewer examples than units that \
            stay, every unit seems to be predicted by the others, whether it is or not, so none is taken away.
            """,
        wrong: """
            - { type: dense, units: 1000, policy: { neurons: { type: apoptosis, probe: 200 } } }
            """,
        right: """
            - { type: dense, units: 1000, policy: { neurons: { type: apoptosis, probe: 4000 } } }
            """)

    public static let lossBoundWithoutValidation = DiagnosticKind(
        "NNC0413", .warning, title: "a bound on the loss of accuracy without validation data",
        explanation: """
            The bound compares accuracies on the validation data before and after units went. Where there is no such data, it does \
            nothing. The test data is not used for it: it must not have a part in training.
            """,
        wrong: """
            data: { dataset: fashion_mnist }
            policies: { lean: { neurons: { type: apoptosis, max_loss: 1% } } }
            """,
        right: """
            data: { dataset: fashion_mnist, validation: 10% }
            policies: { lean: { neurons: { type: apoptosis, max_loss: 1% } } }
            """)

    public static let policyNeverLooks = DiagnosticKind(
        "NNC0414", .warning, title: "a policy whose first look comes too late",
        explanation: """
            The policy looks at its layer at intervals, and no longer than a share of the run. The first look would come after that.
            """,
        wrong: """
            policies: { lean: { neurons: { type: apoptosis, every: 5 epochs, until: 20% } } }
            train: { epochs: 10, … }
            """,
        right: """
            policies: { lean: { neurons: { type: apoptosis, every: 1 epoch, until: 60% } } }
            train: { epochs: 10, … }
            """)

    public static let noBiasToFoldInto = DiagnosticKind(
        "NNC0415", .warning, title: "units that go, and a reader without a bias",
        explanation: """
            What a unit puts out is made up for by other units and by a constant, which goes into the bias of the layers that read the unit. \
            Where one of them has no bias, dead units go, and units that others predict without a constant; a unit that is constant or \
            saturated can only go into another one of that kind. Fewer units go than with a bias.
            """,
        wrong: """
            - { type: dense, units: 500, activation: relu, policy: { neurons: { type: apoptosis } } }
            - { type: dense, units: 100, use_bias: false }
            """,
        right: """
            - { type: dense, units: 500, activation: relu, policy: { neurons: { type: apoptosis } } }
            - { type: dense, units: 100 }
            """)

    public static let notForThisLayer = DiagnosticKind(
        "NNC0417", title: "a policy on a layer that it does not know",
        explanation: """
            Not every policy is there for every type of layer. The message names those that are.
            """,
        wrong: """
            - { type: conv2d, filters: 64, kernel_size: 3, policy: { backward: { type: sampled, k: 5% } } }
            """,
        right: """
            - { type: conv2d, filters: 64, kernel_size: 3, policy: { backward: { type: topk, k: 5% } } }
            """)

    public static let unitListUnusable = DiagnosticKind(
        "NNC0418", title: "a list of units that cannot be used",
        explanation: """
            A mask that picks its units from a file needs a readable text with the numbers of the units that take part, from 0, \
            with spaces or line ends between them.
            """,
        wrong: """
            neurons: { type: mask, pick: file }
            """,
        right: """
            neurons: { type: mask, pick: file, file: units.txt }
            """)

    public static let hashCannotBe = DiagnosticKind(
        "NNC0416", title: "hash tables that cannot be",
        explanation: """
            A key of a hash table is made of `hashes` codes and has at most 30 bits: one for each code of simhash, log2 of `window` for those of wta and \
            dwta. The window is a power of two, and there can be no more probes than keys that differ in a few codes.
            """,
        wrong: """
            forward: { type: hash_gather, function: wta, window: 6 }
            """,
        right: """
            forward: { type: hash_gather, function: wta, window: 8 }
            """)

    public static let policiesDoNotMix = DiagnosticKind(
        "NNC0419", title: "policies that do not go together",
        explanation: """
            A layer of which some units are computed has no gradient at the others, so a policy that keeps part of a gradient has nothing to choose \
            there; and a layer's tables do not follow units that come and go.
            """,
        wrong: """
            policy: { forward: { type: hash_gather, active: 5% }, backward: { type: topk, k: 5% } }
            """,
        right: """
            policy: { forward: { type: hash_gather, active: 5% } }
            """)

    public static let chosenByLot = DiagnosticKind(
        "NNC0420", .warning, title: "units that are chosen by lot",
        explanation: """
            Hash tables find the units that are likely to be large, and `active` says how many of them take part. Where far more are found than that, and \
            nothing tells them apart, or far fewer, so that the rest is filled up, most units that take part are drawn by lot, and the network \
            learns little more than with random ones. The numbers are those of units that have nothing to do with the input.
            """,
        wrong: """
            forward: { type: hash_gather, function: simhash, hashes: 6, tables: 5, active: 5% }
            """,
        right: """
            forward: { type: hash_gather, function: simhash, hashes: 6, tables: 50, active: 5% }
            """)

    public static let strategyDoesNotFit = DiagnosticKind(
        "NNC0421", title: "a strategy that does not fit the layer's policy",
        explanation: """
            `strategy` pins one of the ways in which the work can be done that a policy leaves. So there must be a policy that chooses for each example or \
            for the batch, and where its `per` says which of the two, `strategy` cannot say the other one. `backward: sampled` \
            always chooses for each example.
            """,
        wrong: """
            - { type: dense, units: 500, policy: { backward: { type: topk, k: 5%, per: batch } }, strategy: example_dense }
            """,
        right: """
            - { type: dense, units: 500, policy: { backward: { type: topk, k: 5%, per: example } }, strategy: example_dense }
            """)
}
