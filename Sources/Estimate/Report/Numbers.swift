import Foundation

/// Numbers for people. Programs get them whole, from JSON or CSV.
public enum Readable {
    /// `1,234`, `51.4 M`: four or five digits as they are, three significant ones beyond.
    public static func count(_ value: Int) -> String {
        if value < 0 { return "-" + count(value == .min ? .max : -value) }
        if value < 100_000 { return grouped(value) }
        if value == .max { return "> 9.2 E" }
        var scaled = Double(value)
        var unit = 0
        while scaled >= 999.5, unit < units.count - 1 {
            scaled /= 1000
            unit += 1
        }
        return significant(scaled) + " " + units[unit]
    }

    /// `1.50 MiB`
    public static func bytes(_ value: Int) -> String {
        if value == .max { return "> 8 EiB" }
        if value < 1024 { return "\(value) B" }
        var scaled = Double(value)
        var unit = 0
        while scaled >= 999.5, unit < binaryUnits.count - 1 {
            scaled /= 1024
            unit += 1
        }
        return significant(scaled) + " " + binaryUnits[unit]
    }

    /// `51,380,224`
    public static func grouped(_ value: Int) -> String {
        var digits = String(value.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (value < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }

    /// `1:02:03`, `2:03`, `4.2 s`
    public static func seconds(_ value: Double) -> String {
        guard value.isFinite, value >= 0, value < 1e9 else { return "-" }
        if value < 60 { return decimal(value, digits: value < 10 ? 2 : 1) + " s" }
        let whole = Int(value.rounded())
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        let tail = (rest < 10 ? "0" : "") + "\(rest)"
        return hours > 0 ? "\(hours):\(minutes < 10 ? "0" : "")\(minutes):\(tail)" : "\(minutes):\(tail)"
    }

    /// `850 ns`, `12.3 µs`, `4.56 ms`, and from a second on as `seconds`.
    public static func time(_ value: Double) -> String {
        guard value.isFinite, value >= 0, value < 0.9995 else { return seconds(value) }
        if value == 0 { return "0" }
        for (limit, unit, factor) in [(0.9995e-6, "ns", 1e9), (0.9995e-3, "µs", 1e6)] where value < limit { return threeDigits(value * factor) + " " + unit }
        return threeDigits(value * 1e3) + " ms"
    }

    private static func threeDigits(_ value: Double) -> String { decimal(value, digits: value < 9.995 ? 2 : value < 99.95 ? 1 : 0) }

    /// Fixed digits after the point, with a point whatever the locale.
    public static func decimal(_ value: Double, digits: Int) -> String {
        value.isFinite ? String(format: "%.\(digits)f", value) : value.isNaN ? "nan" : value > 0 ? "inf" : "-inf"
    }

    private static let units = ["", "k", "M", "G", "T", "P", "E"]
    private static let binaryUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]

    private static func significant(_ value: Double) -> String {
        decimal(value, digits: value < 9.995 ? 2 : value < 99.95 ? 1 : 0)
    }
}
