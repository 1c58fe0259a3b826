import Foundation

// Two of the tasks of Larochelle, Erhan, Courville, Bergstra, Bengio: An empirical evaluation of deep architectures
// on problems with many factors of variation, ICML 2007. The authors describe how they drew the pictures; their
// pictures themselves are not needed.

/// `rectangles`: the white outline, one pixel wide, of a rectangle on black. Class 1 is taller than wide, class 0
/// wider than tall.
///
/// Height and width are uniform in 1...28 and drawn again where they differ by less than 3; the upper left corner is
/// uniform among the places where the rectangle fits.
///
/// Departure: the class is given beforehand, and height and width change places where they do not suit it. As both
/// are drawn alike, that gives each class the very distribution it would have had, and equally many examples to each.
func rectangle(isTall: Bool, _ dice: inout Dice) -> Bitmap {
    let side = Bitmap.side
    var width = 0, height = 0
    repeat {
        width = dice.whole(1, side)
        height = dice.whole(1, side)
    } while abs(width - height) < 3
    if isTall != (height > width) { swap(&width, &height) }
    let left = dice.whole(0, side - width), top = dice.whole(0, side - height)
    let line = (UInt32(1) << UInt32(width) - 1) << UInt32(left)
    let sides = UInt32(1) << UInt32(left) | UInt32(1) << UInt32(left + width - 1)
    var image = Bitmap()
    for y in top..<top + height { image.rows[y] = y == top || y == top + height - 1 ? line : sides }
    return image
}

/// `convex`: a white region on black. Class 1 is convex, class 0 is not.
///
/// A convex region is the intersection of half-planes, as many as a geometric distribution with p = 0.195 gives; it
/// is drawn again where it has fewer than 19 pixels. A region that is not convex is the union of 2, 3 or 4 convex ones
/// (equally likely) with p = 0.07 and at least 10 pixels each; it is drawn again where it passes the test of
/// convexity. The authors chose these numbers so that both classes have the same number of white pixels on average,
/// which they have if the geometric distribution counts from 0 (a fifth of its values then, and the picture is white
/// all over); counted from 1, the convex regions would be much smaller.
///
/// Departures and what the description leaves open: the border of a half-plane goes through a point that is uniform
/// in the picture, and its direction is uniform; the authors test every pair of pixels, here the region is compared
/// with its convex hull, which also sees three pixels around a black one; the class is given beforehand, for equally
/// many examples of each.
func convexOrNot(isConvex: Bool, _ dice: inout Dice) -> Bitmap {
    if isConvex { return convexRegion(p: 0.195, leastPixels: 19, &dice) }
    while true {
        var image = Bitmap()
        for _ in 0..<dice.whole(2, 4) {
            let part = convexRegion(p: 0.07, leastPixels: 10, &dice)
            for y in 0..<Bitmap.side { image.rows[y] |= part.rows[y] }
        }
        if !image.isConvex { return image }
    }
}

/// Its pixels are those whose centres lie in all of the half-planes: their hull holds no other centre.
private func convexRegion(p: Double, leastPixels: Int, _ dice: inout Dice) -> Bitmap {
    let side = Bitmap.side
    while true {
        var image = Bitmap(rows: [UInt32](repeating: Bitmap.full, count: side))
        for _ in 0..<dice.geometric(p) {
            let x = dice.uniform(0, Double(side)), y = dice.uniform(0, Double(side))
            let angle = dice.uniform(0, 2 * .pi)
            let dx = cos(angle), dy = sin(angle)
            for row in 0..<side where image.rows[row] != 0 {
                // The border meets the line of the row's centres here, in columns.
                let border = x - dy / dx * (Double(row) + 0.5 - y) - 0.5
                let first = UInt32(min(max(border.rounded(.up), 0), Double(side)))
                let before = UInt32(1) << first - 1
                image.rows[row] &= dx > 0 ? ~before : before
            }
            // It only gets smaller.
            if image.pixelCount < leastPixels { break }
        }
        if image.pixelCount >= leastPixels { return image }
    }
}
