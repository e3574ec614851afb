import Glibc
import Synchronization

/// Whether the person at the terminal, or the system, asks this command to end.
///
/// A command that has started processes must stop them first; so the signal is noted, and the
/// command looks.
package enum Interruption {
    private static let count = Atomic<Int>(0)

    /// Notes SIGINT, SIGTERM and SIGHUP from now on, in place of ending at once.
    package static func listen() {
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { _ in Interruption.note() }
        }
    }

    private static func note() { count.add(1, ordering: .relaxed) }

    /// Whether it was asked for.
    package static var isWanted: Bool { count.load(ordering: .relaxed) > 0 }
}
