import Console
import Client
import Glibc

/// Picks TCP ports that nobody on this machine listens on.
///
/// They lie below the range that the system takes for outgoing connections, so that a stopped
/// testnet finds them free again.
struct FreePorts {
    private var taken: Set<UInt16> = []

    /// A port of 127.0.0.1 that is free now and was not given before.
    mutating func next() throws -> UInt16 {
        for _ in 0..<10_000 {
            let port = UInt16.random(in: 10_240..<32_768)
            if taken.insert(port).inserted, Self.isFree(port) { return port }
        }
        throw CommandFailure(.failed, "there is no free port on 127.0.0.1")
    }

    private static func isFree(_ port: UInt16) -> Bool {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = LoopbackSocket.address(port: port)
        return LoopbackSocket.withAddress(&address) { bind(descriptor, $0, $1) } == 0
    }
}
