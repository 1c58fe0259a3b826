import Foundation
import Synchronization

/// Ctrl-C and SIGTERM: the first one asks the run to save and stop, the second one ends the process at once.
public enum Interrupt {
    private static let requested = Atomic<Bool>(false)

    public static var isRequested: Bool { requested.load(ordering: .relaxed) }

    /// From now on the first signal is only noted.
    public static func listen() {
        // A parent may have started us with these signals blocked, as Foundation's `Process` does.
        var wanted = sigset_t()
        sigemptyset(&wanted)
        sigaddset(&wanted, SIGINT)
        sigaddset(&wanted, SIGTERM)
        pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                Interrupt.requested.store(true, ordering: .relaxed)
                // A reader that is gone, or a user in a hurry: the next one has its usual effect.
                signal(number, SIG_DFL)
            }
        }
    }

    /// A reader that went away, or a file that may not grow, is then an error of the write and no signal.
    public static func ignoreBrokenWrites() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
    }
}
