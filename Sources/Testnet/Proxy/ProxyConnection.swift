import NIOCore
import NIOPosix

/// A connection between two nodes that goes through a proxy.
final class ProxyConnection {
    private let proxy: ProxyTable.Proxy
    private let madeAt: UInt64
    /// The channel of the node that dialled, and the one to the node that it dialled; the second is
    /// there once the link lets connections be made.
    private let near: any Channel
    private var far: (any Channel)?
    private var isConnecting = false
    let there: ProxyFlow
    private let back: ProxyFlow
    private(set) var isOver = false

    /// Takes `near`, which the node that `proxy` is for has just connected, at `time` (milliseconds
    /// since 1970).
    init(_ proxy: ProxyTable.Proxy, near: any Channel, madeAt time: UInt64) {
        self.proxy = proxy
        self.near = near
        madeAt = time
        there = ProxyFlow(on: near.eventLoop)
        back = ProxyFlow(on: near.eventLoop)
        for flow in [there, back] { flow.ended = { [unowned self] in end(by: $0) } }
    }

    /// Takes the faults as they are at `time`: resets, holds back, lets go on, connects.
    func look(at links: LinkFile, _ time: UInt64) {
        guard !isOver else { return }
        guard madeAt >= links.lastReset(between: proxy.from, proxy.to) else {
            return end(by: .reset)
        }
        there.fault = links.fault(from: proxy.from, to: proxy.to)
        back.fault = links.fault(from: proxy.to, to: proxy.from)
        for flow in [there, back] { flow.isHeld = flow.fault?.holdsBack(at: time) ?? false }
        connectIfPossible()
    }

    /// A connection is made only while both directions are whole: its first packets go both ways.
    /// One that was given up meanwhile never reaches the other side.
    private func connectIfPossible() {
        guard far == nil, !isConnecting, !there.isHeld, !back.isHeld else { return }
        guard !there.hasEnded else { return end(by: .failure) }
        isConnecting = true
        let back = NIOLoopBound(back, eventLoop: near.eventLoop)
        ClientBootstrap(group: near.eventLoop)
            .channelOption(.autoRead, value: false)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { far in
                far.eventLoop.makeCompletedFuture {
                    try far.pipeline.syncOperations.addHandler(back.value)
                }
            }
            .connect(host: "127.0.0.1", port: Int(proxy.target))
            .assumeIsolated().whenComplete { self.connected($0) }
    }

    private func connected(_ result: Result<any Channel, any Error>) {
        guard case .success(let far) = result else { return end(by: .failure) }
        guard !isOver else { return far.close(promise: nil) }
        self.far = far
        there.target = far
        back.target = near
    }

    /// One of its directions has come to its end: the connection ends with the second, and at once
    /// where it was no orderly end.
    private func end(by end: ProxyFlow.End) {
        guard !isOver, end != .order || there.isDone && back.isDone else { return }
        isOver = true
        for channel in [near, far].compactMap(\.self) {
            // Without time to linger the other side is told of a reset.
            if end == .reset, let options = channel as? any SocketOptionProvider {
                options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenFailure { _ in }
            }
            channel.close(promise: nil)
        }
        there.target = nil
        back.target = nil
    }
}
