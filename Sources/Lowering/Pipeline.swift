/// The passes, in the order in which they run. The graph that `build` makes goes through all of them.
///
/// Policies act in `rewrite-forward` (which units are computed), before anything is fused into the products that it replaces; and
/// in `rewrite-gradients` (which part of a gradient flows): behind the fusions, so that what these save is not lost, and before
/// `append-updates`, so that an update sees which rows are left. `choose-strategies` makes their products dense where that is cheaper: behind both, since it
/// changes products alone, and before the updates, which see no difference.
public let pipeline: [any Pass] = [
    RewriteForward(),
    RankOutputs(),
    SwapActivationAndMaxPooling(),
    FuseActivations(),
    Differentiate(),
    FusePoolingGradients(),
    FuseActivationGradients(),
    RewriteGradients(),
    ChooseStrategies(),
    AppendUpdates(),
    FuseUpdates(),
    FollowUpdates(),
    EliminateDeadNodes(),
]
