import Client
import Glibc
import Node

/// A connection between two nodes that goes through a proxy.
final class ProxyConnection {
    private let proxy: ProxyTable.Proxy
    private let madeAt: UInt64
    /// The socket of the node that dialled, and the one to the node that it dialled; the second is
    /// there once the link lets connections be made.
    private let near: Int32
    private var far: Int32 = -1
    private var there: ProxyFlow
    private var back: ProxyFlow
    private var isOver = false
    /// Whether its link was reset after it was made.
    private var isOutdated = false
    /// What is asked of the system about the two sockets; a negative descriptor is passed over.
    private(set) var polled: (near: pollfd, far: pollfd)

    /// POLLRDHUP, which the system's headers show to GNU sources alone: whoever dialled has given
    /// up, even if it said something before.
    private static let peerClosed: Int16 = 0x2000

    /// Takes `near`, which the node that `proxy` is for has just connected, at `time` (milliseconds
    /// since 1970).
    init(_ proxy: ProxyTable.Proxy, near: Int32, madeAt time: UInt64) {
        self.proxy = proxy
        self.near = near
        madeAt = time
        let now = ContinuousClock.now
        there = ProxyFlow(from: near, to: -1, at: now)
        back = ProxyFlow(from: -1, to: near, at: now)
        let none = pollfd(fd: -1, events: Int16(POLLIN), revents: 0)
        polled = (none, none)
    }

    /// Takes the faults as they are now.
    func look(at links: LinkFile) {
        there.fault = links.fault(from: proxy.from, to: proxy.to)
        back.fault = links.fault(from: proxy.to, to: proxy.from)
        isOutdated = madeAt < links.lastReset(between: proxy.from, proxy.to)
    }

    /// When its next piece is due; nil if none waits.
    var nextDue: ContinuousClock.Instant? {
        guard let next = there.nextDue else { return back.nextDue }
        return back.nextDue.map { min(next, $0) } ?? next
    }

    /// Does what is due: connects, holds back, resets, writes, and closes what is over. Returns
    /// false once it is.
    func proceed(at now: ContinuousClock.Instant, _ time: UInt64) -> Bool {
        there.isHeld = there.fault?.holdsBack(at: time) ?? false
        back.isHeld = back.fault?.holdsBack(at: time) ?? false
        if far < 0 { connectIfPossible(at: now) }
        if far >= 0 {
            there.write(at: now)
            back.write(at: now)
        }
        if isOutdated || there.isReset || back.isReset {
            reset()
        } else if there.isDone && back.isDone || there.hasFailed || back.hasFailed {
            isOver = true
        }
        guard !isOver else {
            close(near)
            if far >= 0 { close(far) }
            return false
        }
        polled.near.fd = far >= 0 && there.wantsToRead ? near : -1
        polled.far.fd = far >= 0 && back.wantsToRead ? far : -1
        return true
    }

    /// Reads what the system said is there.
    func read(
        near isNearReady: Bool, far isFarReady: Bool,
        into buffer: UnsafeMutableRawBufferPointer, at now: ContinuousClock.Instant
    ) {
        if isNearReady { there.read(into: buffer, at: now) }
        if isFarReady { back.read(into: buffer, at: now) }
    }

    /// A connection is made only while both directions are whole: its first packets go both ways.
    /// One that was given up meanwhile never reaches the other side.
    private func connectIfPossible(at now: ContinuousClock.Instant) {
        guard !there.isHeld, !back.isHeld else { return }
        var asked = pollfd(fd: near, events: Self.peerClosed, revents: 0)
        guard poll(&asked, 1, 0) == 0 else {
            isOver = true
            return
        }
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        far = socket(AF_INET, Int32(kind), 0)
        var address = LoopbackSocket.address(port: proxy.target)
        let result = LoopbackSocket.withAddress(&address) { connect(far, $0, $1) }
        guard far >= 0, result == 0 || errno == EINPROGRESS else {
            isOver = true
            return
        }
        for descriptor in [near, far] { Self.sendAtOnce(descriptor) }
        let faults = (there.fault, back.fault)
        there = ProxyFlow(from: near, to: far, at: now)
        back = ProxyFlow(from: far, to: near, at: now)
        (there.fault, back.fault) = faults
    }

    /// Closes both sides so that they are told of a reset and not of an orderly end.
    private func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        let size = socklen_t(MemoryLayout<Glibc.linger>.size)
        for descriptor in [near, far] where descriptor >= 0 {
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, size)
        }
        isOver = true
    }

    /// The kernel is not to wait for more before it sends.
    private static func sendAtOnce(_ descriptor: Int32) {
        var yes: Int32 = 1
        setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes,
            socklen_t(MemoryLayout<Int32>.size))
    }
}
