import Glibc
import Synchronization
import Testing

/// A port of 127.0.0.1 that is taken as long as this lives.
///
/// It lies below the range that the system takes for outgoing connections: a test that lets go of a
/// port and listens on it later finds it free, however many connections are made in between.
package final class TakenPort: Sendable {
    package let port: UInt16
    private let descriptor: Int32

    /// The ports that this process was given: none is given twice.
    private static let given = Mutex<Set<UInt16>>([])

    package init() throws {
        for _ in 0..<10_000 {
            let port = UInt16.random(in: 10_240..<32_768)
            guard Self.given.withLock({ $0.insert(port).inserted }) else { continue }
            guard let descriptor = Self.listener(on: port) else { continue }
            self.port = port
            self.descriptor = descriptor
            return
        }
        throw NoFreePort()
    }

    deinit { close(descriptor) }

    /// A port that nobody has for now, and that nobody else in this process is given.
    package static func free() throws -> UInt16 { try TakenPort().port }

    private static func listener(on port: UInt16) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let listens = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                    && listen(descriptor, 8) == 0
            }
        }
        guard listens else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    private struct NoFreePort: Error {}
}
