import Dispatch
import Glibc

/// Threads of an attacker. They give way to every other process, as if they ran on a machine of the
/// attacker's own.
enum AttackThread {
    /// How nice they are (sched(7)).
    private static let niceness: Int32 = 10

    private final class Work {
        let body: @Sendable () -> Void
        let group: DispatchGroup

        init(_ body: @escaping @Sendable () -> Void, _ group: DispatchGroup) {
            self.body = body
            self.group = group
        }
    }

    /// Runs `body` on a thread of its own, which `group` waits for.
    static func start(in group: DispatchGroup, _ body: @escaping @Sendable () -> Void) {
        group.enter()
        let work = Unmanaged.passRetained(Work(body, group))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
                // Linux takes the zero for the calling thread alone.
                setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, AttackThread.niceness)
                work.body()
                work.group.leave()
                return nil
            }, work.toOpaque())
        guard code == 0 else {
            work.release()
            return group.leave()
        }
        pthread_detach(thread)
    }

    /// Runs `body` on `count` threads, each with its number, until all have ended.
    static func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        let group = DispatchGroup()
        for number in 0..<count { start(in: group) { body(number) } }
        group.wait()
    }
}
