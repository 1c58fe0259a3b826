import Estimate
import Runtime

extension BenchRecord {
    /// The scores of all networks after each epoch, against the seconds and against the multiplications that they had taken by then.
    public static func chart(_ records: [BenchRecord]) -> String {
        let lines: [(name: String, color: String, isDense: Bool, course: [Moment])] = records.enumerated().flatMap { index, record in
            let color = colors[index % colors.count]
            return [(record.name, color, false, record.network.course)] + (record.dense.map { [("\(record.name), dense", color, true, $0.course)] } ?? [])
        }
        let height = 420 + 20 * lines.count
        var svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1040\" height=\"\(height)\" font-family=\"sans-serif\" font-size=\"12\">\n"
        svg += "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        let scores = lines.flatMap { $0.course.map(\.score) }.filter(\.isFinite), isShare = records.contains { $0.isShare }
        let title = Set(records.compactMap(\.measured)).sorted().joined(separator: ", ")
        for (place, axis) in [("seconds of training", \Moment.secondsOfTraining), ("multiplications", \Moment.multiplicationsSoFar)].enumerated() {
            let panel = Panel(
                left: Double(60 + 520 * place), x: Scale(lines.flatMap { $0.course.map { $0[keyPath: axis.1] } }, from: 0), y: Scale(scores, from: nil), xTitle: axis.0, yTitle: title, isShare: isShare)
            svg += panel.frame
            for line in lines {
                let points = line.course.filter { $0.score.isFinite }.map { panel.place($0[keyPath: axis.1], $0.score) }
                svg += "<polyline fill=\"none\" stroke=\"\(line.color)\" stroke-width=\"1.5\"\(line.isDense ? " stroke-dasharray=\"5 3\"" : "") points=\"\(points.joined(separator: " "))\"/>\n"
            }
        }
        for (index, line) in lines.enumerated() {
            let y = 410 + 20 * index
            svg += "<line x1=\"60\" x2=\"90\" y1=\"\(y)\" y2=\"\(y)\" stroke=\"\(line.color)\" stroke-width=\"1.5\"\(line.isDense ? " stroke-dasharray=\"5 3\"" : "")/>"
            svg += "<text x=\"98\" y=\"\(y + 4)\">\(escaped(line.name))</text>\n"
        }
        return svg + "</svg>\n"
    }

    private static let colors = ["#1b6ca8", "#c0392b", "#2e8b57", "#8e44ad", "#d68910", "#16a085", "#7f8c8d", "#6c3483"]

    fileprivate static func escaped(_ text: String) -> String { text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;") }
}

extension BenchRecord.Moment {
    fileprivate var secondsOfTraining: Double { seconds }
    fileprivate var multiplicationsSoFar: Double { Double(multiplications) }
}

/// From the least to the most of some numbers, with round ticks.
private struct Scale {
    var least: Double
    var most: Double
    var step: Double

    init(_ values: [Double], from: Double?) {
        let low = from ?? values.min() ?? 0, high = max(values.max() ?? 1, low)
        let raw = max(high - low, 1e-9) / 5
        var power = 1.0
        while power * 10 <= raw { power *= 10 }
        while power > raw { power /= 10 }
        step = power * (raw / power > 5 ? 10 : raw / power > 2 ? 5 : 2)
        least = (low / step).rounded(.down) * step
        most = max((high / step).rounded(.up) * step, least + step)
    }

    func share(_ value: Double) -> Double { (value - least) / (most - least) }
    var ticks: [Double] { (0...Int(((most - least) / step).rounded())).map { least + Double($0) * step } }
}

/// One diagram of the chart.
private struct Panel {
    var left: Double
    var x: Scale
    var y: Scale
    var xTitle: String
    var yTitle: String
    var isShare: Bool
    private let top = 30.0, width = 420.0, height = 310.0

    init(left: Double, x: Scale, y: Scale, xTitle: String, yTitle: String, isShare: Bool) {
        (self.left, self.x, self.y, self.xTitle, self.yTitle, self.isShare) = (left, x, y, xTitle, yTitle, isShare)
    }

    private func across(_ value: Double) -> String { Readable.decimal(left + width * x.share(value), digits: 1) }
    private func up(_ value: Double) -> String { Readable.decimal(top + height * (1 - y.share(value)), digits: 1) }
    func place(_ x: Double, _ y: Double) -> String { "\(across(x)),\(up(y))" }

    var frame: String {
        let right = Readable.decimal(left + width, digits: 1), bottom = Readable.decimal(top + height, digits: 1)
        var svg = ""
        for tick in x.ticks {
            let text = tick < 1000 ? Readable.decimal(tick, digits: x.step < 1 ? 1 : 0) : Readable.count(Int(min(tick, 9e18)))
            svg += "<line x1=\"\(across(tick))\" x2=\"\(across(tick))\" y1=\"\(top)\" y2=\"\(bottom)\" stroke=\"#e5e5e5\"/>"
            svg += "<text x=\"\(across(tick))\" y=\"\(Readable.decimal(top + height + 16, digits: 1))\" text-anchor=\"middle\">\(text)</text>\n"
        }
        for tick in y.ticks {
            let text = isShare ? Readable.decimal(100 * tick, digits: y.step < 0.01 ? 1 : 0) + " %" : Readable.decimal(tick, digits: y.step < 0.1 ? 2 : 1)
            svg += "<line x1=\"\(left)\" x2=\"\(right)\" y1=\"\(up(tick))\" y2=\"\(up(tick))\" stroke=\"#e5e5e5\"/>"
            svg += "<text x=\"\(Readable.decimal(left - 6, digits: 1))\" y=\"\(up(tick))\" dy=\"4\" text-anchor=\"end\">\(text)</text>\n"
        }
        svg += "<text x=\"\(left)\" y=\"18\">\(BenchRecord.escaped(yTitle))</text>"
        svg += "<text x=\"\(right)\" y=\"\(Readable.decimal(top + height + 34, digits: 1))\" text-anchor=\"end\">\(xTitle)</text>\n"
        return svg
    }
}
