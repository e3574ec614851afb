import NIOCore

/// Runs tasks on an event loop. Commands wait for answers on threads of Swift's own, of which a small
/// machine has one: what they wait for must not need that one.
final class LoopExecutor: TaskExecutor {
    let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
