import Console
import Client
import Glibc
import Node

/// Carries the bytes between nodes, and makes links as bad as `links.json` says: later, slower,
/// with losses, one way only, with resets, or not at all. It knows nothing of what it carries.
struct FaultProxy {
    private struct Listener {
        let proxy: ProxyTable.Proxy
        let descriptor: Int32
    }

    /// What changes whenever a file is written anew.
    private struct Version: Equatable {
        private let file: UInt
        private let seconds: Int
        private let nanoseconds: Int

        init(of path: String) {
            var status = stat()
            let isThere = stat(path, &status) == 0
            file = isThere ? UInt(status.st_ino) : 0
            seconds = isThere ? status.st_mtim.tv_sec : 0
            nanoseconds = isThere ? status.st_mtim.tv_nsec : 0
        }
    }

    /// How often it looks whether the faults are other ones, and how long it waits at most.
    private static let lookInterval = Duration.milliseconds(50)
    private static let longestWait = Int32(50)

    private let linkFile: String
    private let listeners: [Listener]
    private var connections: [ProxyConnection] = []
    private var links: LinkFile
    private var linksVersion: Version
    private var nextLook = ContinuousClock.now
    private var polled: [pollfd]
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)

    /// Listens for every link of `table`.
    init(table: ProxyTable, linkFile: String) throws {
        self.linkFile = linkFile
        linksVersion = Version(of: linkFile)
        links = try LinkFile(file: linkFile)
        listeners = try table.proxies.map { proxy in
            Listener(proxy: proxy, descriptor: try Self.listen(on: proxy.port))
        }
        polled = listeners.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
    }

    /// Carries until the process is ended.
    mutating func run() throws -> Never {
        while true {
            let now = ContinuousClock.now
            let time = SystemClock.now.milliseconds
            try lookAtLinks(at: now)
            connections.removeAll { !$0.proceed(at: now, time) }
            wait(from: now)
        }
    }

    /// Waits until something can be read, a piece is due, or the faults are to be looked at; reads
    /// what is there.
    private mutating func wait(from now: ContinuousClock.Instant) {
        polled.removeLast(polled.count - listeners.count)
        var due: ContinuousClock.Instant?
        for connection in connections {
            polled.append(connection.polled.near)
            polled.append(connection.polled.far)
            guard let next = connection.nextDue else { continue }
            due = due.map { min($0, next) } ?? next
        }
        var milliseconds = Self.longestWait
        if let due {
            let pause = ((due - now) / .milliseconds(1)).rounded(.up)
            milliseconds = max(0, min(milliseconds, Int32(min(pause, 1_000))))
        }
        guard poll(&polled, nfds_t(polled.count), milliseconds) > 0 else { return }
        let read = ContinuousClock.now
        for (index, connection) in connections.enumerated() {
            let place = listeners.count + 2 * index
            let (near, far) = (polled[place].revents != 0, polled[place + 1].revents != 0)
            guard near || far else { continue }
            connection.read(near: near, far: far, into: buffer, at: read)
        }
        for (index, listener) in listeners.enumerated() where polled[index].revents != 0 {
            accept(listener)
        }
    }

    private mutating func accept(_ listener: Listener) {
        let near = Glibc.accept(listener.descriptor, nil, nil)
        guard near >= 0 else { return }
        _ = fcntl(near, F_SETFD, FD_CLOEXEC)
        let connection = ProxyConnection(
            listener.proxy, near: near, madeAt: SystemClock.now.milliseconds)
        connection.look(at: links)
        connections.append(connection)
    }

    private mutating func lookAtLinks(at now: ContinuousClock.Instant) throws {
        guard now >= nextLook else { return }
        nextLook = now.advanced(by: Self.lookInterval)
        let version = Version(of: linkFile)
        guard version != linksVersion else { return }
        linksVersion = version
        links = try LinkFile(file: linkFile)
        for connection in connections { connection.look(at: links) }
    }

    private static func listen(on port: UInt16) throws -> Int32 {
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let descriptor = socket(AF_INET, Int32(kind), 0)
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
}
