import Model

/// What the policies say that choose for each example or for the batch.
enum PerWords {
    /// - Parameter usual: what it is without a profile of the machine.
    static func auto(usual: String) -> Choice {
        Choice("auto", "The cheaper of the two, by what the machine was measured to do; `\(usual)` where no machine is asked. Training writes which it was into its `model.resolved.yaml`.")
    }
}
