import Lowering

/// Every acceleration policy, one line each. A policy is one file of this module.
public let allPolicies: [any Policy.Type] = [
    HashGather.self,
    SampledOutput.self,
    TopK.self,
    RandomUnits.self,
    Sampled.self,
    Simplify.self,
    Apoptosis.self,
    ShrinkRecall.self,
    Mask.self,
]
