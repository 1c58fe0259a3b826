import Foundation
import Kernels

/// `higgs_like`: collisions of particles, made up. Class 1 (signal) comes from particles that decayed, class 0 is background.
///
/// The columns are those of the HIGGS data set (Baldi, Sadowski, Whiteson: Searching for exotic particles in high-energy
/// physics with deep learning, Nature Communications 5, 2014). The first 21 are measured: transverse momentum, pseudorapidity and azimuth of a lepton; magnitude
/// and azimuth of the missing energy; momentum, pseudorapidity, azimuth and b-tag of four jets. The last 7 are invariant masses
/// of some of these objects, and so functions of the 21.
///
/// Drawn here: momenta are log-normal, pseudorapidities normal, azimuths uniform, tags 0, 1 or 2. In signal the
/// momenta of three pairs (jets 1 and 2, jets 3 and 4, lepton and missing energy) are scaled so that the mass of the pair falls near
/// that of the particle it comes from, with a log-normal error, and jets 1 and 2 are tagged more often. A fifth of the signal looks
/// like background: whatever a network learns, its area under the ROC curve stays below about 0.87.
enum HiggsLike {
    static let features = 28
    /// Measured; the rest are computed from these.
    static let lowLevel = 21

    /// The objects, by name.
    enum Object: Int, CaseIterable { case lepton, missing, jet1, jet2, jet3, jet4 }

    /// Whose mass each of the last columns is: m_jj, m_jjj, m_lv, m_jlv, m_bb, m_wbb, m_wwbb.
    static let masses: [[Object]] = [
        [.jet3, .jet4], [.jet2, .jet3, .jet4], [.lepton, .missing], [.jet1, .lepton, .missing], [.jet1, .jet2],
        [.jet1, .jet2, .lepton, .missing], Object.allCases,
    ]

    private static let momentumDeviation = 0.5
    /// Of the logarithm of a mass around that of its particle.
    private static let massDeviation = 0.3
    private static let genuineShare = 0.8
    /// Pairs and the masses that they come from, in units of the median momentum.
    private static let resonances: [(first: Object, second: Object, mass: Double)] = [
        (.jet1, .jet2, 2.3), (.jet3, .jet4, 1.5), (.lepton, .missing, 1.3),
    ]

    /// Mass of objects whose own mass is neglected: m² = Σ 2 p₁ p₂ (cosh(η₁ - η₂) - cos(φ₁ - φ₂)) over their pairs.
    private struct Kinematics {
        var momentum = 0.0, eta = 0.0, phi = 0.0

        func squaredMass(with other: Kinematics) -> Double {
            max(2 * momentum * other.momentum * (cosh(eta - other.eta) - cos(phi - other.phi)), 0)
        }
    }

    static func write(isSignal: Bool, to row: Floats, _ dice: inout Dice) {
        var objects = Object.allCases.map { _ in Kinematics() }
        for index in objects.indices {
            objects[index].momentum = exp(momentumDeviation * dice.normal())
            objects[index].eta = index == Object.missing.rawValue ? 0 : dice.normal()
            objects[index].phi = dice.uniform(-.pi, .pi)
        }
        let isGenuine = dice.uniform() < genuineShare && isSignal
        for (first, second, mass) in resonances {
            // Drawn for background too, so that the classes differ in nothing else.
            let wanted = mass * exp(massDeviation * dice.normal())
            guard isGenuine else { continue }
            let found = objects[first.rawValue].squaredMass(with: objects[second.rawValue]).squareRoot()
            // Two objects of the same direction have no mass to scale.
            let scale = found > 1e-3 ? wanted / found : 1
            objects[first.rawValue].momentum *= scale
            objects[second.rawValue].momentum *= scale
        }
        var column = 0
        func put(_ value: Double) {
            row[column] = Float(value)
            column += 1
        }
        for (object, kinematics) in zip(Object.allCases, objects) {
            put(kinematics.momentum)
            if object != .missing { put(kinematics.eta) }
            put(kinematics.phi)
            guard object.rawValue >= Object.jet1.rawValue else { continue }
            let isLikely = isGenuine && object.rawValue <= Object.jet2.rawValue
            let draw = dice.uniform()
            put(draw < (isLikely ? 0.4 : 0.5) ? 0 : draw < (isLikely ? 0.6 : 0.7) ? 1 : 2)
        }
        for (offset, mass) in masses(of: row).enumerated() { row[lowLevel + offset] = Float(mass) }
    }

    /// The last 7 columns from the first 21.
    static func masses(of row: Floats) -> [Double] {
        var objects: [Kinematics] = []
        var column = 0
        func next() -> Double {
            defer { column += 1 }
            return Double(row[column])
        }
        for object in Object.allCases {
            objects.append(Kinematics(momentum: next(), eta: object == .missing ? 0 : next(), phi: next()))
            if object.rawValue >= Object.jet1.rawValue { column += 1 }
        }
        let count = objects.count
        var pairs = Array(repeating: 0.0, count: count * count)
        for first in 0..<count {
            for second in first + 1..<count { pairs[first * count + second] = objects[first].squaredMass(with: objects[second]) }
        }
        return masses.map { members in
            var sum = 0.0
            for first in members { for second in members where second.rawValue > first.rawValue { sum += pairs[first.rawValue * count + second.rawValue] } }
            return sum.squareRoot()
        }
    }
}
