import Foundation
import Kernels
import Lowering
import Testing

@testable import Policies

/// Which units go is decided from activities and weights alone, so made-up ones will do.
@Suite struct RedundancyTests {
    /// Numbers around 0 that only depend on the seed.
    struct Noise {
        var state: UInt64
        mutating func next() -> Float {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int64(bitPattern: state) >> 40) / Float(1 << 23)
        }
        mutating func row(_ count: Int) -> [Float] { (0..<count).map { _ in next() } }
    }

    static func activity(_ columns: [[Float]]) -> UnitActivity {
        let rows = columns[0].count
        return UnitActivity(rows: rows, units: columns.count, values: (0..<rows).flatMap { row in columns.map { $0[row] } })
    }

    static func find(
        _ columns: [[Float]], _ outgoing: [[Float]], budget: Double = 0.05, most: Int? = nil, rules: Bool = true, regression: Bool = false
    ) -> Redundancy {
        Redundancy([UnitSight(activity(columns), outgoing: outgoing)], budget: budget, most: most ?? columns.count - 1, rules: rules, regression: regression)
    }

    /// What the readers get, before and after: the largest difference, and its root mean square as a share of what they get.
    static func difference(_ columns: [[Float]], _ outgoing: [[Float]], _ found: Redundancy) -> (largest: Double, share: Double) {
        var weights = outgoing.map { $0.map(Double.init) }, bias = [Double](repeating: 0, count: outgoing[0].count)
        for fold in found.folds {
            for reader in bias.indices {
                bias[reader] += Double(fold.constant) * weights[fold.unit][reader]
                if let into = fold.into { weights[into][reader] += Double(fold.factor) * weights[fold.unit][reader] }
            }
        }
        var largest = 0.0, lost = 0.0, total = 0.0
        for reader in bias.indices {
            var before: [Double] = [], mean = 0.0
            for row in columns[0].indices {
                let whole = columns.indices.reduce(0) { $0 + Double(columns[$1][row]) * Double(outgoing[$1][reader]) }
                let less = found.kept.reduce(bias[reader]) { $0 + Double(columns[$1][row]) * weights[$1][reader] }
                largest = max(largest, abs(whole - less))
                lost += (whole - less) * (whole - less)
                before.append(whole)
                mean += whole / Double(columns[0].count)
            }
            total += before.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        }
        return (largest, (lost / total).squareRoot())
    }

    @Test("dead, constant, duplicate, parallel and opposite units go, and nothing changes")
    func exactRules() {
        var noise = Noise(state: 7)
        let a = noise.row(500), b = noise.row(500), relu = noise.row(500).map { max(0, $0) }
        let sigmoid = noise.row(500).map { 1 / (1 + exp(-4 * $0)) }
        let columns = [
            a, [Float](repeating: 0, count: 500), b, a, relu, relu.map { 2.5 * $0 }, [Float](repeating: 0.75, count: 500), a.map { -$0 }, sigmoid,
            sigmoid.map { 1 - $0 },
        ]
        let outgoing = (0..<10).map { _ in noise.row(4) }
        let found = Self.find(columns, outgoing)
        #expect(found.kept.count == 4 && found.kept.contains(2))
        #expect(found.removed == [1, 1, 0, 4, 0])
        let (largest, share) = Self.difference(columns, outgoing, found)
        #expect(largest < 1e-5 && share < 1e-5 && found.error < 1e-2)
        // By regression the same ones go: these are special cases of it.
        let regression = Self.find(columns, outgoing, rules: false, regression: true)
        #expect(regression.kept.count == 4 && Self.difference(columns, outgoing, regression).largest < 1e-4)
        #expect(regression.removed[0] == 1)
    }

    @Test("opposite rectified units are different units")
    func oppositeReLU() {
        var noise = Noise(state: 9)
        let x = noise.row(400), columns = [x.map { max(0, $0) }, x.map { max(0, -$0) }]
        for regression in [false, true] {
            #expect(Self.find(columns, [noise.row(3), noise.row(3)], rules: !regression, regression: regression).kept == [0, 1])
        }
    }

    @Test("a unit without weights to its readers goes")
    func unread() {
        var noise = Noise(state: 3)
        let columns = (0..<4).map { _ in noise.row(300) }
        let found = Self.find(columns, [noise.row(3), [0, 0, 0], noise.row(3), [1e-7, 0, 0]])
        #expect(found.kept == [0, 2] && found.removed[Redundancy.Rule.unread.rawValue] == 2)
    }

    @Test("a unit that has taken over another one stays, and no unit is folded into one that has gone")
    func targetsStay() {
        var noise = Noise(state: 5)
        let a = noise.row(300), columns = [a, a, a.map { 0.5 * $0 }, noise.row(300), a.map { -2 * $0 + 1 }]
        let outgoing = (0..<5).map { _ in noise.row(3) }
        let found = Self.find(columns, outgoing)
        #expect(found.kept.count == 2)
        for fold in found.folds { #expect(fold.into.map(found.kept.contains) == true) }
        #expect(Self.difference(columns, outgoing, found).largest < 1e-5)
    }

    /// Twelve units made of four, with a little noise.
    static func mixed(_ noise: inout Noise, rows: Int = 600) -> [[Float]] {
        let basis = (0..<4).map { _ in noise.row(rows) }
        return (0..<12).map { _ in
            let mix = noise.row(4)
            var column = noise.row(rows).map { 0.02 * $0 }
            for direction in 0..<4 {
                for row in 0..<rows { column[row] += mix[direction] * basis[direction][row] }
            }
            return column
        }
    }

    @Test("units that several others predict go within the budget, and more of them with a larger one", arguments: [1, 2, 3])
    func budget(seed: UInt64) {
        var noise = Noise(state: seed)
        let columns = Self.mixed(&noise), outgoing = (0..<12).map { _ in noise.row(6) }
        var last = 13
        for budget in [0.001, 0.02, 0.05, 0.1, 0.3] {
            let found = Self.find(columns, outgoing, budget: budget, rules: false, regression: true)
            #expect(found.error <= budget)
            let share = Self.difference(columns, outgoing, found).share
            // The prediction allows for rows that the regression has not seen.
            #expect(share <= found.error + 1e-4 && share > 0.9 * found.error - 1e-4)
            #expect(found.kept.count <= last)
            last = found.kept.count
            // By single units next to nothing goes here.
            #expect(Self.find(columns, outgoing, budget: budget).kept.count == 12)
        }
        #expect(last <= 4)
    }

    @Test("what is chosen explains rows that it was not chosen on as well as predicted")
    func generalizes() {
        var noise = Noise(state: 21)
        let columns = (0..<60).map { _ in noise.row(1300) }, mix = (0..<60).map { _ in noise.row(8) }
        // Sixty units that lean on eight directions, seen on 100 rows: more than half of what is seen is chance.
        var leaning = columns
        for unit in 0..<60 {
            for row in 0..<1300 {
                for direction in 0..<8 { leaning[unit][row] += 4 * mix[unit][direction] * columns[direction][row] }
            }
        }
        let outgoing = (0..<60).map { _ in noise.row(10) }
        let few = leaning.map { Array($0[..<100]) }, others = leaning.map { Array($0[100...]) }
        let found = Self.find(few, outgoing, budget: 0.3, rules: false, regression: true)
        #expect(found.kept.count < 60)
        #expect(Self.difference(others, outgoing, found).share < 1.5 * found.error)
    }

    @Test("no more go than may, and the rest are told apart by their order alone")
    func most() {
        var noise = Noise(state: 11)
        let a = noise.row(200), columns = [[Float]](repeating: a, count: 8) + [noise.row(200)]
        let outgoing = [[Float]](repeating: [1, 2], count: 9)
        for (rules, regression) in [(true, false), (false, true), (true, true)] {
            for most in [0, 1, 3] {
                let found = Self.find(columns, outgoing, most: most, rules: rules, regression: regression)
                #expect(found.kept.count == 9 - most && found.kept == found.kept.sorted())
                #expect(Self.difference(columns, outgoing, found).largest < 1e-4)
                let again = Self.find(columns, outgoing, most: most, rules: rules, regression: regression)
                #expect(again.kept == found.kept && again.folds == found.folds)
            }
        }
    }

    @Test("a layer that nobody reads, constants alone, and numbers that are none")
    func edges() {
        var noise = Noise(state: 2)
        let columns = (0..<5).map { _ in noise.row(50) }
        #expect(Self.find(columns, [[Float]](repeating: [0, 0], count: 5), most: 3, regression: true).kept.count == 2)
        let constants = (0..<5).map { [Float](repeating: Float($0), count: 50) }
        let outgoing = (0..<5).map { _ in noise.row(2) }
        let found = Self.find(constants, outgoing, most: 3, rules: false, regression: true)
        #expect(found.kept.count == 2)
        var broken = columns
        broken[2][7] = .nan
        #expect(Self.find(broken, outgoing, regression: true).kept == [0, 1, 2, 3, 4])
    }

    @Test("a wide layer takes well below a second, and no more multiplications than said")
    func cost() {
        var noise = Noise(state: 1)
        let rows = 1000, units = 600, readers = 300
        let activity = UnitActivity(rows: rows, units: units, values: noise.row(rows * units).map { max(0, $0) })
        let outgoing = (0..<units).map { _ in noise.row(readers) }
        let clock = ContinuousClock()
        var found: Redundancy?
        let time = clock.measure { found = Redundancy([UnitSight(activity, outgoing: outgoing)], budget: 0.05, most: 300, rules: true, regression: true) }
        #expect(time < .seconds(3))
        #expect(found.map { $0.multiplications <= Redundancy.multiplications(units: units, rows: rows, readers: readers) } == true)
    }

    // MARK: several views

    static func find(_ views: [(columns: [[Float]], outgoing: [[Float]])], budget: Double = 0.05, rules: Bool = true, regression: Bool = false) -> Redundancy {
        Redundancy(
            views.map { UnitSight(activity($0.columns), outgoing: $0.outgoing) }, budget: budget, most: views[0].columns.count - 1, rules: rules, regression: regression)
    }

    /// What the readers of each view lose, as a share of what all of them get.
    static func share(_ views: [(columns: [[Float]], outgoing: [[Float]])], _ found: Redundancy) -> Double {
        var lost = 0.0, total = 0.0
        for (view, (columns, outgoing)) in views.enumerated() {
            let folds = found.folds.filter { $0.view == view }
            var weights = outgoing.map { $0.map(Double.init) }, bias = [Double](repeating: 0, count: outgoing[0].count)
            for fold in folds {
                for reader in bias.indices {
                    bias[reader] += Double(fold.constant) * weights[fold.unit][reader]
                    if let into = fold.into { weights[into][reader] += Double(fold.factor) * weights[fold.unit][reader] }
                }
            }
            for reader in bias.indices {
                let whole = columns[0].indices.map { row in columns.indices.reduce(0) { $0 + Double(columns[$1][row]) * Double(outgoing[$1][reader]) } }
                let less = columns[0].indices.map { row in found.kept.reduce(bias[reader]) { $0 + Double(columns[$1][row]) * weights[$1][reader] } }
                let mean = whole.reduce(0, +) / Double(whole.count)
                lost += zip(whole, less).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
                total += whole.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            }
        }
        return (lost / total).squareRoot()
    }

    @Test("a unit goes only if the readers of every view can do without it, each in its own way")
    func views() {
        var noise = Noise(state: 31)
        let a = noise.row(500), b = noise.row(500), c = noise.row(500), d = noise.row(500)
        let zero = [Float](repeating: 0, count: 500), flat = [Float](repeating: 0.5, count: 500)
        // Unit 1 is twice unit 0 here and its opposite there; 2 is dead here and flat there; 3 is a copy here alone; 4 is dead here alone.
        let here = [a, a.map { 2 * $0 }, zero, a, zero, b], there = [c, c.map { -$0 }, flat, d, b, noise.row(500)]
        let views = [(columns: here, outgoing: (0..<6).map { _ in noise.row(4) }), (columns: there, outgoing: (0..<6).map { _ in noise.row(3) })]
        for regression in [false, true] {
            let found = Self.find(views, rules: !regression, regression: regression)
            #expect(found.kept == [0, 3, 4, 5] || found.kept == [1, 3, 4, 5], "\(found.kept)")
            #expect(Self.share(views, found) < 1e-4)
        }
        // One that nobody reads there may be whatever it likes there.
        var unread = views
        unread[1].outgoing[3] = [0, 0, 0]
        #expect(Self.find(unread, rules: false, regression: true).kept.count == 3)
    }

    @Test("the budget holds for all views together", arguments: [1, 2, 3])
    func viewsWithinBudget(seed: UInt64) {
        var noise = Noise(state: seed)
        let views = [(columns: Self.mixed(&noise), outgoing: (0..<12).map { _ in noise.row(6) }), (columns: Self.mixed(&noise), outgoing: (0..<12).map { _ in noise.row(3) })]
        var last = 13
        for budget in [0.001, 0.02, 0.05, 0.1, 0.3] {
            let found = Self.find(views, budget: budget, rules: false, regression: true)
            #expect(found.error <= budget)
            let share = Self.share(views, found)
            #expect(share <= found.error + 1e-4 && share > 0.9 * found.error - 1e-4)
            #expect(found.kept.count <= last)
            last = found.kept.count
            let most = views.reduce(0) { $0 + Redundancy.multiplications(units: 12, rows: 600, readers: $1.outgoing[0].count) }
            #expect(found.multiplications <= most)
        }
        #expect(last <= 8)
    }
}
