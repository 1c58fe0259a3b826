/// What is wrong with the text of a length of time.
enum SpanProblem: Error {
    /// Only a number.
    case bare(Double)
    case unknownUnit(String)
    /// Half a step.
    case notWhole(String)
    case outOfRange
    case malformed
}

extension Span {
    static let pattern = "^([0-9]+(\\.[0-9]+)? epochs?|[0-9]+ (steps?|examples?))$"

    /// `1 epoch`, `0.125 epochs`, `50 steps`, `6400 examples`
    static func read(_ text: String) -> Result<Span, SpanProblem> {
        let words = text.split(separator: " ").map(String.init)
        guard let first = words.first, let number = decimal(first) else { return .failure(.malformed) }
        guard words.count == 2 else { return .failure(words.count == 1 ? .bare(number) : .malformed) }
        guard number >= 0, number <= 1e15 else { return .failure(.outOfRange) }
        switch words[1] {
        case "epoch", "epochs": return .success(.epochs(number))
        case "step", "steps":
            guard !first.contains(".") else { return .failure(.notWhole("step")) }
            return .success(.steps(Int(number)))
        case "example", "examples":
            guard !first.contains(".") else { return .failure(.notWhole("example")) }
            return .success(.examples(Int(number)))
        default: return .failure(.unknownUnit(words[1]))
        }
    }

    public var isNothing: Bool {
        switch self {
        case .epochs(let count): count == 0
        case .steps(let count), .examples(let count): count == 0
        }
    }

    /// As it stands in a model file.
    public var text: String {
        switch self {
        case .epochs(let count): "\(plain(count)) \(count == 1 ? "epoch" : "epochs")"
        case .steps(let count): "\(count) \(count == 1 ? "step" : "steps")"
        case .examples(let count): "\(count) \(count == 1 ? "example" : "examples")"
        }
    }
}

/// Digits with at most one point: no sign, exponent or infinity.
func decimal(_ text: String) -> Double? {
    guard !text.isEmpty, text.utf8.allSatisfy({ ($0 >= 48 && $0 <= 57) || $0 == UInt8(ascii: ".") }) else { return nil }
    return text.first == "." || text.last == "." ? nil : Double(text)
}

enum Duration {
    static let pattern = "^[0-9]+(\\.[0-9]+)? (seconds?|minutes?|hours?)$"

    /// Seconds of `90 seconds`, `30 minutes`, `1.5 hours`.
    static func seconds(_ text: String) -> Double? {
        let words = text.split(separator: " ").map(String.init)
        guard words.count == 2, let number = decimal(words[0]), number > 0, number <= 1e9 else { return nil }
        switch words[1] {
        case "second", "seconds": return number
        case "minute", "minutes": return number * 60
        case "hour", "hours": return number * 3600
        default: return nil
        }
    }
}

enum Share {
    /// More than 0% and at most 100%; the look-ahead keeps out zeros.
    static let pattern = "^(?!0+(\\.0+)?%$)(100(\\.0+)?|[0-9]{1,2}(\\.[0-9]+)?)%$"
    /// Below 100% also.
    static let properPattern = "^(?!0+(\\.0+)?%$)[0-9]{1,2}(\\.[0-9]+)?%$"

    /// 0.05 for `5%`; nil where the text is no number with a percent sign.
    static func read(_ text: String) -> Double? {
        guard text.last == "%", let number = decimal(String(text.dropLast())) else { return nil }
        return number / 100
    }
}

extension Amount {
    /// `5%` or `50`.
    init?(_ text: String) {
        if let share = Share.read(text) { self = .share(share) } else if let count = Int(text) { self = .count(count) } else { return nil }
    }
}
