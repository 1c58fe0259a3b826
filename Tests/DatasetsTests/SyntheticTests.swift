@testable import Datasets
import Diagnostics
import Foundation
import Kernels
import Testing

@Suite struct SyntheticTests {
    func request(_ generator: SyntheticRequest.Generator, train: Int = 400, test: Int = 0, features: Int = 2, classes: Int = 2, noise: Double = 0.1, seed: UInt64 = 7) -> DataRequest {
        DataRequest(
            source: .synthetic(SyntheticRequest(generator: generator, trainExamples: train, testExamples: test, features: features, classes: classes, noise: noise)),
            seed: seed)
    }

    func image(_ features: ArraySlice<Float>) -> Bitmap {
        let pixels = Array(features)
        var image = Bitmap()
        for y in 0..<28 { for x in 0..<28 where pixels[28 * y + x] == 255 { image.rows[y] |= 1 << UInt32(x) } }
        return image
    }

    func images(_ generator: SyntheticRequest.Generator, count: Int) throws -> [(image: Bitmap, label: Int32)] {
        let data = try Dataset.open(request(generator, train: count))
        #expect(data.shape == [28, 28, 1])
        #expect(data.classes == 2)
        let batch = try Batch(all: data.train)
        #expect(batch.features.allSatisfy { $0 == 0 || $0 == 255 })
        #expect(batch.labels.filter { $0 == 1 }.count == count / 2)
        return batch.labels.indices.map { (image(batch.features[784 * $0..<784 * ($0 + 1)]), batch.labels[$0]) }
    }

    @Test(arguments: SyntheticRequest.Generator.allCases)
    func theSeedDecides(_ generator: SyntheticRequest.Generator) throws {
        let first = try Batch(all: Dataset.open(request(generator, train: 60)).train)
        #expect(try Batch(all: Dataset.open(request(generator, train: 60)).train) == first)
        #expect(try Batch(all: Dataset.open(request(generator, train: 60, seed: 8)).train) != first)
        // More examples change none of the first ones; test examples are others.
        let more = try Dataset.open(request(generator, train: 90, test: 60))
        #expect(try Batch(more.train, (0..<60).map { $0 }) == first)
        let test = try #require(more.test)
        #expect(try Batch(all: test).features != first.features)
    }

    /// Fifty classes around centres that differ in every dimension, and hardly any noise: about as many directions as classes.
    @Test func directionsAreCounted() throws {
        let many = try #require(Dataset.directions(request(.blobs, train: 4000, features: 300, classes: 50, noise: 0.01)))
        #expect(many > 35 && many < 60)
        let two = try #require(Dataset.directions(request(.blobs, train: 4000, features: 300, classes: 2, noise: 0.01)))
        #expect(two < 1.2)
        let rectangles = try #require(Dataset.directions(request(.rectangles, train: 12_000))), convex = try #require(Dataset.directions(request(.convex, train: 12_000)))
        #expect(abs(rectangles - 80) < 12 && abs(convex - 4.4) < 0.6)
        // Too few to say.
        #expect(Dataset.directions(request(.blobs, train: 2)) == nil)
    }

    @Test func classesAreBalanced() throws {
        let labels = try Batch(all: Dataset.open(request(.blobs, train: 301, features: 5, classes: 3)).train).labels
        for label in 0..<3 as Range<Int32> { #expect(abs(labels.filter { $0 == label }.count - 100) <= 1) }
    }

    @Test func blobsLieAroundTheirCentres() throws {
        let data = try Dataset.open(request(.blobs, train: 6000, features: 3, classes: 2, noise: 0.5))
        let batch = try Batch(all: data.train)
        for label in 0..<2 as Range<Int32> {
            for feature in 0..<3 {
                let values = batch.labels.indices.filter { batch.labels[$0] == label }.map { Double(batch.features[3 * $0 + feature]) }
                let mean = values.reduce(0, +) / Double(values.count)
                let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
                #expect(abs(mean) < 1.1)
                #expect(abs(deviation - 0.5) < 0.03)
            }
        }
    }

    @Test func spiralsWithoutNoiseLieOnTheirArms() throws {
        let batch = try Batch(all: Dataset.open(request(.spirals, train: 300, classes: 3, noise: 0)).train)
        for index in batch.labels.indices {
            let x = Double(batch.features[2 * index]), y = Double(batch.features[2 * index + 1])
            let radius = (x * x + y * y).squareRoot()
            let angle = 2 * Double.pi * (Double(batch.labels[index]) / 3 + radius)
            #expect(abs(x - radius * cos(angle)) < 1e-5 && abs(y - radius * sin(angle)) < 1e-5)
            #expect(radius < 1)
        }
    }

    @Test func rectanglesAreOutlinesOfTheirClass() throws {
        var lefts: Set<Int> = []
        for (image, label) in try images(.rectangles, count: 1000) {
            let rows = (0..<28).filter { image.rows[$0] != 0 }
            let top = try #require(rows.first), bottom = try #require(rows.last)
            let line = image.rows[top]
            let left = line.trailingZeroBitCount, right = 31 - line.leadingZeroBitCount
            lefts.insert(left)
            var wanted = Bitmap()
            for y in top...bottom {
                for x in left...right where y == top || y == bottom || x == left || x == right { wanted.rows[y] |= 1 << UInt32(x) }
            }
            #expect(image == wanted)
            let height = bottom - top + 1, width = right - left + 1
            #expect(abs(height - width) >= 3)
            #expect((height > width) == (label == 1))
        }
        #expect(lefts.count > 20)
    }

    @Test func convexImagesAreWhatTheySay() throws {
        var pixels = [0, 0]
        let count = 2000
        for (index, (image, label)) in try images(.convex, count: count).enumerated() {
            #expect(image.isConvex == (label == 1))
            if index < 100 { #expect(convexByDefinition(image) == (label == 1)) }
            #expect(image.pixelCount >= (label == 1 ? 19 : 10))
            pixels[Int(label)] += image.pixelCount
        }
        // The procedure's numbers were chosen so that the size of the region does not give the class away.
        let means = pixels.map { Double($0) / Double(count / 2) }
        #expect(means[0] / means[1] > 0.85 && means[0] / means[1] < 1.15, "\(means)")
    }

    /// Every pixel that is a mean of white pixels, by weights, is white: by separating lines through pairs of pixels.
    /// A black pixel lies outside the hull where some direction has all white pixels strictly on one side of it; the
    /// directions that matter are those at right angles to lines through the pixel and a white one.
    func convexByDefinition(_ image: Bitmap) -> Bool {
        var white: [(x: Int, y: Int)] = []
        for y in 0..<28 { for x in 0..<28 where image[x, y] { white.append((x, y)) } }
        // Corners are enough: a row's inner pixels lie between its ends.
        let ends = white.filter { $0.x == 0 || $0.x == 27 || !image[$0.x - 1, $0.y] || !image[$0.x + 1, $0.y] }
        for y in 0..<28 {
            for x in 0..<28 where !image[x, y] {
                let isOutside = ends.contains { pivot in
                    let (dx, dy) = (pivot.x - x, pivot.y - y)
                    let sides = ends.map { dx * ($0.y - y) - dy * ($0.x - x) }
                    // All on one side of the line through the pivot, and those on it all in the pivot's direction.
                    let onLine = zip(ends, sides).filter { $0.1 == 0 }.allSatisfy { dx * ($0.0.x - x) + dy * ($0.0.y - y) > 0 }
                    return onLine && (sides.allSatisfy { $0 >= 0 } || sides.allSatisfy { $0 <= 0 })
                }
                if !isOutside { return false }
            }
        }
        return true
    }

    @Test func theConvexityTestKnowsShapes() {
        func bitmap(_ lines: String...) -> Bitmap {
            var image = Bitmap()
            for (y, line) in lines.enumerated() { for (x, c) in line.enumerated() where c == "#" { image.rows[y + 5] |= 1 << UInt32(x + 3) } }
            return image
        }
        #expect(Bitmap().isConvex)
        #expect(bitmap("#").isConvex)
        #expect(bitmap("##", "##").isConvex)
        #expect(bitmap("#.", ".#").isConvex)
        #expect(bitmap(".#.", "###", ".#.").isConvex)
        #expect(!bitmap("#.#").isConvex)
        #expect(!bitmap("#", ".", "#").isConvex)
        #expect(!bitmap("##", "#.", "##").isConvex)
        #expect(!bitmap("#..", "#..", "###").isConvex)
        #expect(bitmap("#..", "##.", "###").isConvex)
        // Two diagonal steps of different slope around a pixel that lies in the triangle of three others.
        #expect(!bitmap("#...", "...#", "#...").isConvex)
        for shape in [bitmap("#.", ".#"), bitmap(".#.", "###", ".#."), bitmap("##", "#.", "##"), bitmap("#...", "...#", "#..."), bitmap("####", ".##.")] {
            #expect(shape.isConvex == convexByDefinition(shape))
        }
    }

    @Test func impossibleRequests() {
        for bad in [
            request(.blobs, train: 0), request(.blobs, train: .max), request(.blobs, classes: 1), request(.blobs, features: 0),
            request(.blobs, features: .max), request(.blobs, noise: .nan), request(.blobs, noise: -1), request(.spirals, features: 3),
        ] {
            #expect(problems(bad).map(\.kind.id) == ["NNC0375"])
        }
        #expect(problems(request(.blobs, train: 2_000_000_000, features: 1 << 24)).map(\.kind.id) == ["NNC0608"])
    }

    @Test func probingNeedsNoMemory() throws {
        let summary = try Dataset.probe(request(.convex, train: 2_000_000_000, test: 10))
        #expect(summary.shape == [28, 28, 1])
        #expect(summary.classes == 2)
        #expect(summary.trainExamples == 2_000_000_000)
        #expect(summary.byteCount > 1_000_000_000_000)
        #expect(summary.unavailable == nil)
    }
}
