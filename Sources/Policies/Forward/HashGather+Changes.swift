import Kernels
import Lowering
import Model

extension HashGather: ChangeablePolicy {
    /// Degrees: of a unit that the input is meant to find.
    private static let near = 60

    func changes(at site: PolicySite) -> [PolicyChange] {
        guard active.count(of: site.units) < site.units else { return [] }
        return fewerTables(site) + PinnedGranularity.changes(at: site) + widerPools(site)
    }

    /// Half of them and half of these, as long as they choose about as well as all.
    private func fewerTables(_ site: PolicySite) -> [PolicyChange] {
        guard isTabled, selection == .mostCollisions, let own = chosen(tables: tables, site), own > 0 else { return [] }
        var changes: [PolicyChange] = [], fewer = tables / 2
        while fewer >= 4, let share = chosen(tables: fewer, site), share >= 0.9 * own {
            changes.append(PolicyChange("tables", "\(fewer)", price: """
                of units at an angle of \(Self.near)° to the input among others at 90°, as they are hashed, \(percent(share)) are chosen then, and \
                \(percent(own)) are with `tables: \(tables)`
                """))
            fewer /= 2
        }
        return changes
    }

    private func chosen(tables: Int, _ site: PolicySite) -> Double? {
        // How many inputs there are decides on none of it.
        var scheme = scheme(units: site.units, inputs: 1 << 16)
        guard scheme.problem == nil else { return nil }
        scheme.tables = tables
        return scheme.chosenProbability(angle: Double(Self.near) * .pi / 180, kept: active.count(of: site.units))
    }

    private func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }

    /// Only images have neighbours that are alike.
    private func widerPools(_ site: PolicySite) -> [PolicyChange] {
        guard isTabled, site.readsPixels else { return [] }
        return [2, 4, 8].filter { $0 > pool }.map { PolicyChange("pool", "\($0)", price: "\($0) neighbouring pixels are hashed as their mean then, so what differs within them finds the same units") }
    }
}

extension SampledOutput: ChangeablePolicy {
    func changes(at site: PolicySite) -> [PolicyChange] { PinnedGranularity.changes(at: site) }
}
