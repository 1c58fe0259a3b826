import Foundation

/// Bytes the machine can still give out, or nil where it does not say.
func freeMemory() -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8) else { return nil }
    for line in text.split(separator: "\n") where line.hasPrefix("MemAvailable:") {
        return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0.multipliedSaturating(by: 1024) }
    }
    return nil
}
