/// A scalar as written.
public struct Scalar: Sendable, Hashable {
    public enum Style: Sendable { case plain, singleQuoted, doubleQuoted, literal, folded }

    public let text: String
    public let style: Style

    public init(_ text: String, _ style: Style = .plain) {
        self.text = text
        self.style = style
    }

    public enum Value: Sendable, Hashable {
        case null
        case bool(Bool)
        case int(Int)
        case float(Double)
        case string(String)
    }

    /// What the scalar means by the core schema of YAML 1.2: `no` and `on` are strings, `1e-2` is a number, whatever is
    /// quoted is a string. An integer that does not fit becomes a float.
    public var value: Value {
        guard style == .plain else { return .string(text) }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: return Self.number(text) ?? .string(text)
        }
    }

    private static func number(_ text: String) -> Value? {
        var rest = text.utf8[...]
        if rest.count > 2, rest.first == UInt8(ascii: "0") {
            let prefix = rest.prefix(2).last
            if prefix == UInt8(ascii: "x") { return integer(rest.dropFirst(2), radix: 16) }
            if prefix == UInt8(ascii: "o") { return integer(rest.dropFirst(2), radix: 8) }
        }
        var negative = false
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            negative = sign == UInt8(ascii: "-")
            rest = rest.dropFirst()
        }
        switch String(rest) {
        case ".inf", ".Inf", ".INF": return .float(negative ? -.infinity : .infinity)
        case ".nan", ".NaN", ".NAN": return rest.count == text.utf8.count ? .float(.nan) : nil
        default: break
        }
        guard let isInteger = decimalForm(rest) else { return nil }
        if isInteger, let value = Int(text) { return .int(value) }
        return Double(text).map(Value.float)
    }

    /// Whether digits are an integer or a float of the core schema; nil where they are neither.
    private static func decimalForm(_ digits: Substring.UTF8View) -> Bool? {
        func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
        var rest = digits
        let whole = rest.prefix(while: isDigit).count
        rest = rest.dropFirst(whole)
        if rest.isEmpty { return whole > 0 ? true : nil }
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            let fraction = rest.prefix(while: isDigit).count
            guard whole + fraction > 0 else { return nil }
            rest = rest.dropFirst(fraction)
        } else if whole == 0 {
            return nil
        }
        if rest.isEmpty { return false }
        guard rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") else { return nil }
        rest = rest.dropFirst()
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        return !rest.isEmpty && rest.allSatisfy(isDigit) ? false : nil
    }

    private static func integer(_ digits: Substring.UTF8View, radix: Int) -> Value? {
        var exact = 0
        var approximate = 0.0
        var fits = true
        for byte in digits {
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue, digit < radix else { return nil }
            let (product, tooLarge) = exact.multipliedReportingOverflow(by: radix)
            let (sum, overflow) = product.addingReportingOverflow(digit)
            fits = fits && !tooLarge && !overflow
            exact = fits ? sum : 0
            approximate = approximate * Double(radix) + Double(digit)
        }
        return fits ? .int(exact) : .float(approximate)
    }
}
