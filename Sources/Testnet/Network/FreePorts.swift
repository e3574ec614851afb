import Console
import NIOPosix

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
        let listener = try? ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: Int(port)).wait()
        return (try? listener?.close().wait()) != nil
    }
}
