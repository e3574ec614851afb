import Glibc
import Node

/// Carries the bytes between nodes, and makes links as bad as `links.json` says: later, slower,
/// with losses, or not at all. It knows nothing of what it carries.
struct LinkRelays {
    private struct Listener {
        let relay: RelayTable.Relay
        let descriptor: Int32
    }

    fileprivate struct Connection {
        let from: String
        let to: String
        let near: Int32
        let far: Int32
        var there: RelayFlow
        var back: RelayFlow
        var fault: LinkFault?
    }

    private let linkFile: String
    private let listeners: [Listener]
    private var connections: [Connection] = []
    private var faults: [LinkFault]
    private var faultsChangedAt: timespec
    private var nextLook = ContinuousClock.now

    /// Listens for every link of `table`.
    init(table: RelayTable, linkFile: String) throws {
        self.linkFile = linkFile
        faultsChangedAt = Self.changeTime(of: linkFile)
        faults = try LinkFile.read(linkFile)
        listeners = try table.relays.map { relay in
            Listener(relay: relay, descriptor: try Self.listen(on: relay.port))
        }
    }

    /// Carries until the process is ended.
    mutating func run() throws -> Never {
        while true {
            try lookAtFaults()
            let now = ContinuousClock.now
            for index in connections.indices { connections[index].write(at: now) }
            connections.removeAll { $0.closeIfOver() }
            wait()
        }
    }

    /// Waits until something can be read, a piece is due, or the faults are to be looked at.
    private mutating func wait() {
        var polled = listeners.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        for connection in connections { polled += connection.polled }
        let due = connections.compactMap(\.nextDue).min()
        let pause = due.map { $0 - ContinuousClock.now } ?? .milliseconds(100)
        let milliseconds = max(0, min(100, Int32((pause / .milliseconds(1)).rounded(.up))))
        guard poll(&polled, nfds_t(polled.count), milliseconds) > 0 else { return }
        let now = ContinuousClock.now
        for (index, connection) in connections.indices.enumerated() {
            let place = listeners.count + 2 * index
            if polled[place].revents != 0 {
                connections[connection].there.read(under: connections[connection].fault, at: now)
            }
            if polled[place + 1].revents != 0 {
                connections[connection].back.read(under: connections[connection].fault, at: now)
            }
        }
        for (listener, entry) in zip(listeners, polled) where entry.revents != 0 {
            accept(listener)
        }
    }

    private mutating func accept(_ listener: Listener) {
        let near = Glibc.accept(listener.descriptor, nil, nil)
        guard near >= 0 else { return }
        _ = fcntl(near, F_SETFD, FD_CLOEXEC)
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let far = socket(AF_INET, Int32(kind), 0)
        var address = LoopbackSocket.address(port: listener.relay.target)
        let result = LoopbackSocket.withAddress(&address) { connect(far, $0, $1) }
        guard far >= 0, result == 0 || errno == EINPROGRESS else {
            close(near)
            if far >= 0 { close(far) }
            return
        }
        for descriptor in [near, far] { Self.sendAtOnce(descriptor) }
        connections.append(
            Connection(
                from: listener.relay.from, to: listener.relay.to, near: near, far: far,
                there: RelayFlow(from: near, to: far), back: RelayFlow(from: far, to: near),
                fault: fault(from: listener.relay.from, to: listener.relay.to)))
    }

    /// Five times a second: are the faults other ones?
    private mutating func lookAtFaults() throws {
        guard ContinuousClock.now >= nextLook else { return }
        nextLook = ContinuousClock.now.advanced(by: .milliseconds(200))
        let changed = Self.changeTime(of: linkFile)
        guard
            (changed.tv_sec, changed.tv_nsec) != (faultsChangedAt.tv_sec, faultsChangedAt.tv_nsec)
        else { return }
        faultsChangedAt = changed
        faults = try LinkFile.read(linkFile)
        for index in connections.indices {
            connections[index].fault = fault(
                from: connections[index].from, to: connections[index].to)
        }
    }

    /// The first fault that covers a link holds.
    private func fault(from: String, to: String) -> LinkFault? {
        faults.first { $0.covers(from: from, to: to) }
    }

    private static func changeTime(of path: String) -> timespec {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mtim : timespec()
    }

    private static func listen(on port: UInt16) throws -> Int32 {
        let descriptor = socket(
            AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(
            descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = LoopbackSocket.address(port: port)
        guard LoopbackSocket.withAddress(&address, { bind(descriptor, $0, $1) }) == 0,
            Glibc.listen(descriptor, 64) == 0
        else {
            throw CommandFailure(
                .failed, "127.0.0.1:\(port): cannot listen: \(String(cString: strerror(errno)))")
        }
        return descriptor
    }

    /// The kernel is not to wait for more before it sends.
    private static func sendAtOnce(_ descriptor: Int32) {
        var yes: Int32 = 1
        setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes,
            socklen_t(MemoryLayout<Int32>.size))
    }
}

extension LinkRelays.Connection {
    fileprivate var isCut: Bool { fault?.isCut ?? false }

    /// What is waited for: both directions where they have room; nothing while the link is cut.
    fileprivate var polled: [pollfd] {
        [(near, there), (far, back)].map { descriptor, flow in
            // A negative descriptor is passed over.
            let isAwaited = flow.wantsToRead && !isCut
            return pollfd(fd: isAwaited ? descriptor : -1, events: Int16(POLLIN), revents: 0)
        }
    }

    fileprivate var nextDue: ContinuousClock.Instant? {
        isCut ? nil : [there.nextDue, back.nextDue].compactMap { $0 }.min()
    }

    fileprivate mutating func write(at now: ContinuousClock.Instant) {
        guard !isCut else { return }
        there.write(at: now)
        back.write(at: now)
    }

    /// Closes both sockets once both directions are done, or one failed.
    fileprivate func closeIfOver() -> Bool {
        guard (there.isDone && back.isDone) || there.hasFailed || back.hasFailed else {
            return false
        }
        close(near)
        close(far)
        return true
    }
}
