import Model

/// Every acceleration policy, one line each. A policy is one file beside this one.
///
/// Each step of the roadmap adds its own: this version trains dense networks.
public let allPolicies: [PolicySchema] = []
