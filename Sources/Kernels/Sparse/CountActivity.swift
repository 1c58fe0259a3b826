/// Adds one to a unit's count for each example in which one of its kept numbers is not zero.
///
/// - Parameters:
///   - units: an index set (how many, then which) for all examples, or `kept` indices for each.
///   - cotangent: [examples, pixels, kept].
public func countActivity(_ units: Ints, perExample: Bool, _ cotangent: Floats, kept: Int, examples: Int, counts: Floats) {
    precondition(kept > 0 && units.count == (perExample ? examples * kept : 1 + kept))
    let pixels = examples == 0 ? 0 : cotangent.count / (examples * kept)
    precondition(cotangent.count == examples * pixels * kept)
    for example in 0..<examples {
        let image = cotangent.base + example * pixels * kept
        for place in 0..<kept {
            var isActive = false
            for pixel in 0..<pixels { isActive = isActive || image[pixel * kept + place] != 0 }
            let unit = Int(perExample ? units[example * kept + place] : units[1 + place])
            precondition(unit >= 0 && unit < counts.count)
            counts.base[unit] += isActive ? 1 : 0
        }
    }
}
