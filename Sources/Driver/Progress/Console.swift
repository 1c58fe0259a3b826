import Foundation

/// Standard output for results and standard error for everything else, and what is on their other ends.
public struct Console: Sendable {
    public enum Stream: Int32, Sendable { case results = 1, messages = 2 }

    /// Whether nothing is written: for whoever trains many networks and looks at what came of them.
    private let isSilent: Bool

    public init() { isSilent = false }

    private init(isSilent: Bool) { self.isSilent = isSilent }

    public static let silent = Console(isSilent: true)

    public func isTerminal(_ stream: Stream) -> Bool { isatty(stream.rawValue) == 1 }

    /// Columns of a line: what the user says, what the terminal says, or 100 for a file.
    public func width(_ stream: Stream) -> Int {
        if let text = ProcessInfo.processInfo.environment["COLUMNS"], let columns = Int(text), columns > 0 { return min(columns, 1000) }
        var size = winsize()
        if ioctl(stream.rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return 100
    }

    /// Whether escape sequences are wanted at all.
    public func canRedraw(_ stream: Stream) -> Bool {
        isTerminal(stream) && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    public func usesColour(_ stream: Stream) -> Bool {
        canRedraw(stream) && ProcessInfo.processInfo.environment["NO_COLOR"].map(\.isEmpty) ?? true
    }

    /// Writes text. A reader that went away is no reason to fail.
    public func write(_ text: String, to stream: Stream) {
        if isSilent { return }
        var rest = Array(text.utf8)
        while !rest.isEmpty {
            let count = Glibc.write(stream.rawValue, rest, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest.removeFirst(count)
        }
    }
}
