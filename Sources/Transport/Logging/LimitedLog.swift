package import Logging
package import NIOCore
internal import NIOPosix
internal import Synchronization

/// The one place for log lines that somebody else can cause: a peer, a client, a meter. Those who come
/// to fill the disk, or to bury a line among others, shall not.
///
/// Of each kind of line one gets ten a minute written, and all together a hundred. How many were not
/// is said once the minute is over.
///
///     log.write(.warning, "link broken", by: "\(peer)", "ending the link with \(peer): \(error)")
package final class LimitedLog: Sendable {
    /// For lines that nobody else can cause.
    package let logger: Logger
    private let eventLoop: any EventLoop
    private let state = Mutex((allowance: LineAllowance(), isOver: false))

    /// Writes to `logger`; `eventLoop` tells when a minute is over.
    package init(
        _ logger: Logger,
        eventLoop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next()
    ) {
        self.logger = logger
        self.eventLoop = eventLoop
    }

    /// Where nothing is written.
    package static let none = LimitedLog(
        Logger(label: "none") { _ in SwiftLogNoOpLogHandler() })

    /// Writes a line of `kind`, a name that this program gives, which `cause` has brought about: an
    /// address of the network or of a member. The line is `message`, or where there is none the
    /// kind.
    package func write(
        _ level: Logger.Level, _ kind: String, by cause: String,
        _ message: @autoclosure () -> Logger.Message? = nil,
        metadata: @autoclosure () -> Logger.Metadata = [:]
    ) {
        guard logger.logLevel <= level else { return }
        let (isAllowed, isFirst) = state.withLock { state in
            let isFirst = state.allowance.isEmpty && !state.isOver
            return (state.allowance.take(kind, by: cause, at: level), isFirst)
        }
        if isFirst { eventLoop.scheduleTask(in: .minutes(1)) { [weak self] in self?.endMinute() } }
        guard isAllowed else { return }
        logger.log(level: level, message() ?? "\(kind)", metadata: metadata())
    }

    /// Says what has not been said so far, and has no more minutes: the event loop is about to end.
    package func close() {
        state.withLock { $0.isOver = true }
        endMinute()
    }

    private func endMinute() {
        for rest in state.withLock({ $0.allowance.endMinute() }) {
            let most = rest.most.map { ", \($0.count) of them by \($0.cause)" } ?? ""
            logger.log(
                level: rest.level,
                "\(rest.count) more lines of the kind '\(rest.kind)' were not written\(most)")
        }
    }
}
