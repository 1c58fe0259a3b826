import Foundation

/// How much memory the control groups that this process is in leave to it: a container's share, or a service's. Of both versions of the interface.
struct ControlGroups {
    struct Limit: Hashable {
        /// Bytes.
        var most: Int
        /// In use by all of its processes, without what the system would give up at once: files that are only kept in case they are read again.
        var used: Int
    }

    /// Of this group and of all that it is part of.
    let limits: [Limit]

    /// - Parameters:
    ///   - root: where the groups are mounted.
    ///   - membership: the file that says which ones this process is in.
    init(root: String = "/sys/fs/cgroup", membership: String = "/proc/self/cgroup") {
        let lines = (try? String(contentsOfFile: membership, encoding: .utf8))?.split(separator: "\n") ?? []
        var found: [Limit] = []
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let isSecond = parts[1].isEmpty
            guard isSecond || parts[1].split(separator: ",").contains("memory") else { continue }
            // In a container the path may be one of the host's; then only the root of what is mounted can be read, and is the container itself.
            var path = parts[2].split(separator: "/").filter { $0 != ".." && $0 != "." }
            while true {
                let folder = ([isSecond ? root : root + "/memory"] + path.map(String.init)).joined(separator: "/")
                if let limit = isSecond ? Self.second(folder) : Self.first(folder) { found.append(limit) }
                guard !path.isEmpty else { break }
                path.removeLast()
            }
        }
        limits = found
    }

    private static func first(_ folder: String) -> Limit? {
        limit(folder, "memory.limit_in_bytes", "memory.usage_in_bytes", files: ["total_inactive_file", "total_active_file"])
    }

    private static func second(_ folder: String) -> Limit? { limit(folder, "memory.max", "memory.current", files: ["inactive_file", "active_file"]) }

    /// Nil where there is none: a group without one says `max`.
    private static func limit(_ folder: String, _ most: String, _ used: String, files: [String]) -> Limit? {
        guard let most = number("\(folder)/\(most)"), most > 0 else { return nil }
        var kept = 0
        for line in (try? String(contentsOfFile: folder + "/memory.stat", encoding: .utf8))?.split(separator: "\n") ?? [] {
            let words = line.split(separator: " ")
            if words.count == 2, files.contains(String(words[0])), let bytes = Int(words[1]), bytes > 0 { kept = kept.addingReportingOverflow(bytes).partialValue }
        }
        return Limit(most: most, used: max(0, max(0, number("\(folder)/\(used)") ?? 0) - max(0, kept)))
    }

    private static func number(_ path: String) -> Int? {
        (try? String(contentsOfFile: path, encoding: .utf8)).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }
}
