import Console
import NIOCore
import NIOPosix

/// Carries the bytes between nodes, and makes links as bad as `links.json` says: later, slower,
/// with losses, one way only, with resets, or not at all. It knows nothing of what it carries.
///
/// Everything happens on one event loop, so that it has no state to share.
final class FaultProxy {
    /// How often it looks what the faults are.
    private static let lookInterval = TimeAmount.milliseconds(50)

    private let linkFile: String
    private var links: LinkFile
    private var connections: [ProxyConnection] = []

    private init(linkFile: String) throws {
        self.linkFile = linkFile
        links = try LinkFile(file: linkFile)
    }

    /// Listens for every link of `table`, and carries until the process is ended; throws where it
    /// cannot listen, and once `linkFile` cannot be read.
    static func run(_ table: ProxyTable, linkFile: String) throws {
        let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        let end = loop.makePromise(of: Void.self)
        let proxy = try loop.submit {
            NIOLoopBound(try FaultProxy(linkFile: linkFile), eventLoop: loop)
        }.wait()
        for link in table.proxies {
            let listening = ServerBootstrap(group: loop)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.autoRead, value: false)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelInitializer { near in
                    near.eventLoop.makeCompletedFuture { try proxy.value.accept(near, link) }
                }
                .bind(host: "127.0.0.1", port: Int(link.port))
            do {
                _ = try listening.wait()
            } catch {
                throw CommandFailure(.failed, "127.0.0.1:\(link.port): cannot listen: \(error)")
            }
        }
        loop.scheduleRepeatedTask(initialDelay: .zero, delay: lookInterval) { _ in
            do { try proxy.value.look() } catch { end.fail(error) }
        }
        try end.futureResult.wait()
    }

    private func accept(_ near: any Channel, _ link: ProxyTable.Proxy) throws {
        let time = SystemClock.now.milliseconds
        let connection = ProxyConnection(link, near: near, madeAt: time)
        try near.pipeline.syncOperations.addHandler(connection.there)
        connections.append(connection)
        near.eventLoop.assumeIsolated().execute { connection.look(at: self.links, time) }
    }

    private func look() throws {
        links = try LinkFile(file: linkFile)
        let time = SystemClock.now.milliseconds
        for connection in connections { connection.look(at: links, time) }
        connections.removeAll(where: \.isOver)
    }
}
