import Diagnostics
import Foundation

/// Held by the process that trains in a run directory, until it ends in whatever way.
final class RunLock {
    private let descriptor: Int32

    /// Where the file system knows no locks, nobody is kept out.
    init(_ directory: RunDirectory) throws(DiagnosticError) {
        descriptor = open(directory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK else { return }
        close(descriptor)
        throw DiagnosticError(Diagnostic(
            .runIsBusy, "another process is training in `\(directory.path)`", at: .file(path: directory.path), help: ["wait for its end, or stop it with Ctrl-C"]))
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
