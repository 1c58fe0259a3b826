/// The passes, in the order in which they run. The graph that `build` makes goes through all of them.
///
/// Policies come between `fuse-activations` and `differentiate` (what is computed forward), and between
/// `differentiate` and `append-updates` (which gradient flows).
public let pipeline: [any Pass] = [
    SwapActivationAndMaxPooling(),
    FuseActivations(),
    Differentiate(),
    FusePoolingGradients(),
    FuseActivationGradients(),
    AppendUpdates(),
    FuseUpdates(),
    EliminateDeadNodes(),
]
