/// The passes, in the order in which they run. The graph that `build` makes goes through all of them.
///
/// Policies act in `rewrite-gradients` (which part of a gradient flows): behind the fusions, so that what these save is
/// not lost, and before `append-updates`, so that an update sees which rows are left.
public let pipeline: [any Pass] = [
    SwapActivationAndMaxPooling(),
    FuseActivations(),
    Differentiate(),
    FusePoolingGradients(),
    FuseActivationGradients(),
    RewriteGradients(),
    AppendUpdates(),
    FuseUpdates(),
    EliminateDeadNodes(),
]
