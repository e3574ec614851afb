import Glibc
import Protocol

/// Why a connection came to its end, as an attacker or a probe sees it.
enum SocketFailure: Error {
    /// The system's error.
    case system(Int32)
    /// Nothing came, or nothing was taken, in time.
    case late
    /// The other side has closed it.
    case closed
    /// What came is not what was waited for.
    case unreadable(String)
}

/// An address of loopback, of which a machine has sixteen million: each is a client of its own.
struct LoopbackAddress: Sendable {
    /// The number of the address, most significant byte first.
    let number: UInt32

    /// Where nodes listen, and whence their owners ask: 127.0.0.1.
    static let owner = LoopbackAddress(number: 0x7f00_0001)

    /// The stranger `number`: 127.0.0.2, 127.0.0.3 and so on.
    static func stranger(_ number: Int) -> LoopbackAddress {
        LoopbackAddress(number: 0x7f00_0002 + UInt32(number))
    }

    func withSocketAddress<Result>(
        port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = number.bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}

/// What carries bytes both ways; whoever uses it waits.
protocol ByteChannel: AnyObject {
    /// Sends all of `bytes`; throws where the other side takes none of them for `timeout` seconds.
    func send(_ bytes: Bytes, timeout: Double) throws(SocketFailure)
    /// What comes next, within `timeout` seconds.
    func receive(timeout: Double) throws(SocketFailure) -> Bytes
    func close()
}

/// A TCP connection over loopback, from whichever of its addresses; it belongs to one thread.
final class LoopbackSocket: ByteChannel {
    private(set) var descriptor: Int32

    /// Connects to `port`.
    convenience init(
        to port: UInt16, from address: LoopbackAddress = .owner, timeout: Double = 5
    ) throws(SocketFailure) {
        try self.init(beginningTo: port, from: address)
        try wait(for: POLLOUT, until: .now + .seconds(timeout))
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        guard code == 0 else { throw .system(code) }
    }

    /// Begins to connect to `port`, and does not wait.
    init(beginningTo port: UInt16, from address: LoopbackAddress) throws(SocketFailure) {
        let kind = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
        descriptor = socket(AF_INET, Int32(kind), 0)
        guard descriptor >= 0 else { throw .system(errno) }
        // The system chooses the port only once it knows the other end: else there are too few.
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(descriptor, 0, Self.bindsWithoutPort, &on, size)
        // Else a second small write would wait for the first one's acknowledgement.
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, size)
        let isBound =
            address.withSocketAddress(port: 0) { bind(descriptor, $0, $1) } == 0
        guard isBound else { throw .system(errno) }
        let result = LoopbackAddress.owner.withSocketAddress(port: port) {
            connect(descriptor, $0, $1)
        }
        guard result == 0 || errno == EINPROGRESS else { throw .system(errno) }
    }

    /// Takes a connection that was accepted.
    init(accepted descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// IP_BIND_ADDRESS_NO_PORT of ip(7).
    private static let bindsWithoutPort: Int32 = 24

    deinit { close() }

    func close() {
        guard descriptor >= 0 else { return }
        Glibc.close(descriptor)
        descriptor = -1
    }

    /// Ends the connection with a reset, which leaves no port waiting behind.
    func reset() {
        guard descriptor >= 0 else { return }
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    /// Whether the connection stands, as far as this side knows.
    var isConnected: Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&entry, 1, 0) == 1 && entry.revents == Int16(POLLOUT)
    }

    /// Whether the other side has closed it; what has come is lost with the question.
    var hasEnded: Bool {
        var byte = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(descriptor, &byte, byte.count, Int32(MSG_DONTWAIT))
            if count > 0 { continue }
            return count == 0 || errno != EAGAIN
        }
    }

    func send(_ bytes: Bytes, timeout: Double = 5) throws(SocketFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                try wait(for: POLLOUT, until: .now + .seconds(timeout))
            } else if errno != EINTR {
                throw errno == EPIPE || errno == ECONNRESET ? .closed : .system(errno)
            }
        }
    }

    func receive(timeout: Double = 5) throws(SocketFailure) -> Bytes {
        var bytes = Bytes(repeating: 0, count: 65_536)
        let deadline = ContinuousClock.now + .seconds(timeout)
        while true {
            let count = recv(descriptor, &bytes, bytes.count, 0)
            if count > 0 { return Array(bytes[..<count]) }
            if count == 0 || errno == ECONNRESET { throw .closed }
            guard errno == EAGAIN || errno == EINTR else { throw .system(errno) }
            try wait(for: POLLIN, until: deadline)
        }
    }

    private func wait(
        for event: Int32, until deadline: ContinuousClock.Instant
    ) throws(SocketFailure) {
        var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        while true {
            let rest = max(0, (deadline - .now) / .milliseconds(1))
            let ready = poll(&entry, 1, Int32(min(rest, 600_000)))
            if ready > 0 { return }
            guard ready == 0 || errno == EINTR else { throw .system(errno) }
            guard ContinuousClock.now < deadline else { throw .late }
        }
    }
}
