import Foundation

/// What a run record says of the machine, and what a refusal needs to know of it.
public enum Machine {
    /// `AMD EPYC 7763`, or the architecture where the system does not say.
    public static var processor: String {
        for key in ["model name", "Model", "cpu model"] {
            if let value = field(key, of: "/proc/cpuinfo") { return value }
        }
        return architecture
    }

    public static var architecture: String {
        #if arch(x86_64)
            "x86_64"
        #elseif arch(arm64)
            "arm64"
        #else
            "unknown"
        #endif
    }

    public static var processors: Int { ProcessInfo.processInfo.activeProcessorCount }

    /// Bytes that this process may have: the machine's memory, or a container's share of it.
    public static var memory: Int {
        ControlGroups().limits.reduce(Int(clamping: ProcessInfo.processInfo.physicalMemory)) { min($0, $1.most) }
    }

    /// Bytes that this process can still have, beside what it holds: what the machine can give out without swapping, or what is left of a container's share.
    public static var freeMemory: Int {
        var bytes = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        if let text = field("MemAvailable", of: "/proc/meminfo"), let kibibytes = text.split(separator: " ").first.flatMap({ Int($0) }) { bytes = min(bytes, kibibytes * 1024) }
        return ControlGroups().limits.reduce(bytes) { min($0, max(0, $1.most - $1.used)) }
    }

    /// The most memory that the process has had so far, in bytes; nil where the system does not say.
    public static var peakResidentBytes: Int? {
        guard let text = field("VmHWM", of: "/proc/self/status"), let kibibytes = text.split(separator: " ").first.flatMap({ Int($0) }) else { return nil }
        return kibibytes * 1024
    }

    private static func field(_ key: String, of path: String) -> String? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == key { return parts[1].trimmingCharacters(in: .whitespaces) }
        }
        return nil
    }
}
