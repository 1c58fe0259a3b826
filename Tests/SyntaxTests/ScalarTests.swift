import Syntax
import Testing

@Suite struct ScalarTests {
    @Test(arguments: [
        ("0", 0), ("-0", 0), ("+7", 7), ("0012", 12), ("0x1F", 31), ("0o17", 15), ("9223372036854775807", Int.max),
        ("-9223372036854775808", Int.min), ("0x7fffffffffffffff", Int.max),
    ])
    func integers(_ text: String, _ expected: Int) {
        #expect(Scalar(text).value == .int(expected))
    }

    @Test(arguments: [
        ("1.", 1.0), (".5", 0.5), ("-.5", -0.5), ("1e-2", 0.01), ("+1.5E+3", 1500), ("1e5", 100_000), (".inf", .infinity),
        ("-.INF", -.infinity), ("9223372036854775808", 9_223_372_036_854_775_808), ("0xffffffffffffffff", 18_446_744_073_709_551_615),
        ("1e999", .infinity), ("1e-999", 0),
    ])
    func floats(_ text: String, _ expected: Double) {
        #expect(Scalar(text).value == .float(expected))
    }

    @Test(arguments: [".nan", ".NaN", ".NAN"])
    func notANumber(_ text: String) throws {
        guard case .float(let value) = Scalar(text).value else { throw Wrong() }
        #expect(value.isNaN)
    }

    struct Wrong: Error {}

    @Test(arguments: ["", "~", "null", "Null", "NULL"])
    func nulls(_ text: String) {
        #expect(Scalar(text).value == .null)
        #expect(Scalar(text, .singleQuoted).value == .string(text))
    }

    @Test func booleans() {
        #expect(["true", "True", "TRUE"].map { Scalar($0).value } == [.bool(true), .bool(true), .bool(true)])
        #expect(["false", "False", "FALSE"].map { Scalar($0).value } == [.bool(false), .bool(false), .bool(false)])
    }

    @Test(arguments: [
        "no", "yes", "on", "off", "y", "tRUE", "nULL", "1_000", "0b11", "0x", "0xg", "-0x1", "0o8", "1e", "1e+", ".", "-", "+", "e5", "1.2.3",
        "5%", "1 epoch", "infinity", "nan", "inf", "+.nan", "12:30", "0x1p3", "１",
    ])
    func strings(_ text: String) {
        #expect(Scalar(text).value == .string(text))
    }

    @Test func quotedIsAlwaysAString() {
        for style in [Scalar.Style.singleQuoted, .doubleQuoted, .literal, .folded] {
            #expect(Scalar("5", style).value == .string("5"))
        }
    }
}
