import Dispatch
import Glibc

/// Two ends of one TCP connection over loopback.
enum LoopbackPair {
    /// Makes one; the far end is a descriptor, for whoever is given it.
    static func make() throws -> (near: LoopbackSocket, far: Int32) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard listener >= 0 else { throw SocketFailure.system(errno) }
        defer { close(listener) }
        let isBound = LoopbackAddress.owner.withSocketAddress(port: 0) { bind(listener, $0, $1) }
        guard isBound == 0, listen(listener, 1) == 0 else { throw SocketFailure.system(errno) }
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isNamed = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(listener, $0, &size)
            }
        }
        guard isNamed == 0 else { throw SocketFailure.system(errno) }
        let near = try LoopbackSocket(to: UInt16(bigEndian: address.sin_port))
        let descriptor = accept(listener, nil, nil)
        guard descriptor >= 0 else { throw SocketFailure.system(errno) }
        var on: Int32 = 1
        setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on,
            socklen_t(MemoryLayout<Int32>.size))
        return (near, descriptor)
    }

    /// Sends back what comes to `end` until the other end closes, on a thread of its own that the group
    /// waits for; then it closes it.
    static func echo(_ end: Int32) -> DispatchGroup {
        let group = DispatchGroup()
        DispatchQueue.global().async(group: group) {
            var buffer = [UInt8](repeating: 0, count: 64)
            while true {
                let count = recv(end, &buffer, buffer.count, 0)
                guard count > 0, send(end, buffer, count, Int32(MSG_NOSIGNAL)) == count else {
                    break
                }
            }
            close(end)
        }
        return group
    }
}
