import Diagnostics
import Kernels
import Lowering
import Model

/// What is wrong with hashing a layer so.
extension HashGather {
    /// A warning where it is not the hash that chooses.
    private func lottery(_ site: PolicySite) -> Diagnostic? {
        let kept = active.count(of: site.units), scheme = scheme(units: site.units, inputs: 1 << 16)
        guard isTabled, scheme.problem == nil, kept < site.units else { return nil }
        let name = site.layerSpec.name.value, found = scheme.foundByChance, drawn = scheme.drawnByLot(kept: kept)
        func approximately(_ count: Double) -> String { "about \(max(1, Int(count.rounded())))" }
        let location = site.spec.type.location
        if found < Double(kept) {
            guard fill == .random, drawn > 0.75 else { return nil }
            return Diagnostic(
                .chosenByLot, "the tables of `\(name)` find \(approximately(found)) of its \(site.units) units, and the others of the \(kept) that are active are drawn by lot",
                at: location, help: ["fewer `hashes` in a key, more `tables` or some `probes` find more of them"])
        }
        if selection == .union, found > 2 * Double(kept) {
            return Diagnostic(
                .chosenByLot, "the tables of `\(name)` find \(approximately(found)) of its \(site.units) units, and of these the first \(kept) are taken: the cap chooses, and not the hash",
                at: location, help: ["`select: most_collisions` takes those that are found most often", "more `hashes` in a key or fewer `tables` find fewer units"])
        }
        guard selection == .mostCollisions, fill == .random, drawn > 0.75 else { return nil }
        return Diagnostic(
            .chosenByLot, "the tables of `\(name)` find \(approximately(found)) of its \(site.units) units, most of them equally often, and the \(kept) that are active are drawn from these by lot: the cap chooses, and not the hash",
            at: location, help: ["more `tables` tell better which are found most often", "more `hashes` in a key find fewer units, and more alike ones"])
    }

    func problems(at site: PolicySite) -> [Diagnostic] {
        let name = site.layerSpec.name.value
        guard case .dense = site.layerSpec.kind else {
            return site.spec.isDefault ? [] : [Diagnostic(.notForThisLayer, "`\(name)` is no dense layer, and only these are hashed", at: site.spec.type.location)]
        }
        if site.isOutput {
            guard !site.spec.isDefault else { return [] }
            guard site.putsOutClasses else {
                return [Diagnostic(
                    .notForThisLayer, "`\(name)` puts out the network's answers, and all of them are needed", at: site.spec.type.location,
                    help: ["outputs are hashed where a softmax and its cross entropy follow: `activation: softmax`, `loss: cross_entropy`",
                           "`policy: none` computes all of it; it reads only what is active of the layer below"])]
            }
        }
        var problems: [Diagnostic] = []
        if isTabled, let problem = scheme(units: site.units, inputs: 1 << 16).problem {
            problems.append(Diagnostic(.hashCannotBe, "`\(name)` cannot be hashed so: \(problem)", at: site.spec.type.location))
        }
        let lookups = scheme(units: site.units, inputs: 1 << 16).lookups
        if fill == .popularity, isTabled, lookups > HashScheme.mostPopularLookups {
            problems.append(Diagnostic(
                .hashCannotBe, "`fill: popularity` ranks by at most \(HashScheme.mostPopularLookups) buckets, and each input of `\(name)` looks at \(lookups)",
                at: site.spec.fields.location("fill"), help: ["fewer `tables` or `probes` will do, or `fill: random`"]))
        }
        if namesLabels, !site.isOutput {
            problems.append(Diagnostic(
                .notForThisLayer, "`\(name)` is no output layer, and has no labels to include", at: site.spec.fields.location("always_include"),
                help: ["`always_include: 8` computes the first eight units for every example"]))
        }
        if alwaysInclude > active.count(of: site.units) {
            problems.append(Diagnostic(
                .hashCannotBe, "\(alwaysInclude) units of `\(name)` are always to be included, and \(active.count(of: site.units)) are active",
                at: site.spec.fields.location("always_include")))
        }
        switch every {
        case .steps(0), .epochs(0), .examples(0):
            problems.append(Diagnostic(
                .zeroInterval, "`rebuild.every` must be longer than zero", at: site.spec.fields.object("rebuild")?.location("every") ?? site.spec.type.location,
                help: ["`every: 1 step` rebuilds in each step"]))
        default: break
        }
        if let warning = lottery(site) { problems.append(warning) }
        problems += site.othersBeside(self)
        if active.count(of: site.units) == site.units {
            problems.append(Diagnostic(
                .policyKeepsAll, "all \(site.units) units of `\(name)` are computed, so nothing is saved", at: site.spec.fields.location("active"),
                help: ["a share, such as `active: 5%`, fits layers of any width"]))
        }
        return problems
    }
}
