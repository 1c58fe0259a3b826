import Diagnostics
import Syntax

// Lengths of time, shares, and monitored metrics.
extension CheckContext {
    func span(_ node: Node, _ key: Key) -> Checked.Value? {
        guard let scalar = node.scalar else { return wrongType(node, key, "a length of time such as `1 epoch` or `50 steps`") }
        let problem: SpanProblem
        switch Span.read(scalar.text) {
        case .success(let span): return .span(span)
        case .failure(let failure): problem = failure
        }
        switch problem {
        case .bare(let number):
            let count = plain(number)
            let readings = number == number.rounded()
                ? ["`\(count) \(number == 1 ? "epoch" : "epochs")`", "`\(count) \(number == 1 ? "step" : "steps")`", "`\(count) \(number == 1 ? "example" : "examples")`"] : ["`\(count) epochs`"]
            report(.spanWithoutUnit, "`\(key.name)` is a length of time and needs a unit", at: node.location, help: ["write \(readings.joined(separator: " or "))"])
        case .unknownUnit(let unit):
            let synonyms = ["batch": "steps", "batches": "steps", "iteration": "steps", "iterations": "steps", "sample": "examples", "samples": "examples", "rows": "examples", "images": "examples"]
            let right = synonyms[unit] ?? nearest(unit, in: ["epoch", "epochs", "step", "steps", "example", "examples"])
            let number = scalar.text.split(separator: " ").first.map(String.init) ?? ""
            report(.malformedSpan, "`\(unit.shortened)` is no unit of a length of time", at: node.location,
                help: right.map { ["did you mean `\(number) \($0)`?"] } ?? ["the units are `epochs`, `steps` and `examples`"],
                fix: right.map { Fix(node.range, "\(number) \($0)") })
        case .notWhole(let unit): report(.spanNotWhole, "\(unit)s are counted whole: `\(scalar.text)`", at: node.location)
        case .outOfRange: outOfRange(node, key, "at most 10^15")
        case .malformed:
            report(.malformedSpan, "`\(key.name)` is a length of time, not \(node.described)", at: node.location, help: ["write for instance `1 epoch` or `50 steps`"])
        }
        return nil
    }

    func duration(_ node: Node, _ key: Key) -> Checked.Value? {
        guard let scalar = node.scalar else { return wrongType(node, key, "a time such as `30 minutes`") }
        if let seconds = Duration.seconds(scalar.text) { return .seconds(seconds) }
        if let number = decimal(scalar.text) {
            let count = plain(number)
            report(.malformedDuration, "`\(key.name)` is a time and needs a unit", at: node.location, help: ["write `\(count) seconds` or `\(count) minutes` or `\(count) hours`"])
        } else {
            report(.malformedDuration, "`\(key.name)` is a time such as `30 minutes`, not \(node.described)", at: node.location, help: ["the units are `seconds`, `minutes` and `hours`"])
        }
        return nil
    }

    /// - Parameter isProper: whether it must leave something: a validation split cannot take all examples.
    func amount(_ node: Node, _ key: Key, isProper: Bool = false) -> Checked.Value? {
        let wanted = "a share such as `5%` or a count such as `50`"
        guard let scalar = node.scalar else { return wrongType(node, key, wanted) }
        if let share = Share.read(scalar.text) {
            if share > 0, isProper ? share < 1 : share <= 1 { return .amount(.share(share)) }
            report(.shareOutOfRange, "`\(key.name)` is more than 0% and \(isProper ? "less than" : "at most") 100%, not \(scalar.text)", at: node.location)
            return nil
        }
        switch scalar.value {
        case .int(let count):
            if count >= 1, count <= sizeLimit { return .amount(.count(count)) }
            outOfRange(node, key, "at least 1")
        case .float(let value):
            if value > 0, value < 1 {
                // 0.05 * 100 is not quite 5.
                let percent = plain((value * 100 * 1e9).rounded() / 1e9) + "%"
                report(.shareWithoutPercent, "a share is written with a percent sign", at: node.location, help: ["write `\(percent)`"], fix: Fix(node.range, percent))
            } else if value.isFinite {
                return wrongType(node, key, wanted)
            } else {
                notFinite(node, key)
            }
        default: return wrongType(node, key, wanted)
        }
        return nil
    }

    func monitor(_ node: Node, _ key: Key) -> Checked.Value? {
        guard let text = node.scalar?.text else { return wrongType(node, key, "a split and a metric, such as `validation.accuracy`") }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 2, let split = MonitoredMetric.Split(rawValue: parts[0]), let metric = Metric(rawValue: parts[1]) {
            return .monitor(MonitoredMetric(split: split, metric: metric))
        }
        let right = monitorMeant(by: text)
        report(.malformedMonitor, "`\(text.shortened)` is not a split and a metric with a dot between them", at: node.location,
            help: right.map { ["did you mean `\($0)`?"] } ?? ["write for instance `validation.accuracy`; the splits are \(MonitoredMetric.Split.allCases.map(\.rawValue).quotedList), the metrics \(Metric.allCases.map(\.rawValue).quotedList)"],
            fix: right.map { Fix(node.range, $0) })
        return nil
    }

    /// `validation.accuracy` for `val_acc`, `validation_accuracy`, `accuracy`, `validation.acuracy`.
    private func monitorMeant(by text: String) -> String? {
        let lower = text.lowercased()
        var split = MonitoredMetric.Split.validation
        var metric = lower[...]
        let prefixes: [(String, MonitoredMetric.Split)] = [
            ("validation", .validation), ("valid", .validation), ("val", .validation), ("dev", .validation), ("training", .train), ("train", .train), ("test", .test),
        ]
        for (prefix, meant) in prefixes {
            guard lower.hasPrefix(prefix), let separator = lower.dropFirst(prefix.count).first, "._/-".contains(separator) else { continue }
            split = meant
            metric = lower.dropFirst(prefix.count + 1)
            break
        }
        let words = Language.metricWords.choices
        if let found = words.first(where: { $0.word == metric || $0.otherNames.contains(String(metric)) }) { return "\(split.rawValue).\(found.word)" }
        return nearest(String(metric), in: words.map(\.word)).map { "\(split.rawValue).\($0)" }
    }
}
