internal import NIOCore
internal import Synchronization

/// The open connections of a server, and its limits on their number.
final class ConnectionRegistry: Sendable {
    private struct Entry: Sendable {
        let channel: any Channel
        let address: String
    }

    private struct State {
        var entries: [UInt64: Entry] = [:]
        var perAddress: [String: Int] = [:]
        var nextID: UInt64 = 0
        var accepted: UInt64 = 0
        var turnedAway: UInt64 = 0
        var isDraining = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let limits: Limits
    private let state = Mutex(State())

    init(_ limits: Limits) {
        self.limits = limits
    }

    /// Takes a new connection in and gives it a number, or nil where the limits forbid it.
    func admit(_ channel: any Channel, from address: String) -> UInt64? {
        let id: UInt64? = state.withLock { state in
            let there = state.perAddress[address, default: 0]
            guard !state.isDraining, state.entries.count < limits.connections,
                there < limits.connectionsPerAddress
            else {
                state.turnedAway += 1
                return nil
            }
            state.nextID += 1
            state.accepted += 1
            state.perAddress[address] = there + 1
            state.entries[state.nextID] = Entry(channel: channel, address: address)
            return state.nextID
        }
        guard let id else { return nil }
        channel.closeFuture.whenComplete { _ in self.remove(id) }
        return id
    }

    private func remove(_ id: UInt64) {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard let entry = state.entries.removeValue(forKey: id) else { return [] }
            let there = state.perAddress[entry.address, default: 1] - 1
            state.perAddress[entry.address] = there > 0 ? there : nil
            guard state.entries.isEmpty else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Adds the registry's figures.
    func count(into counters: inout ServerCounters) {
        state.withLock { state in
            counters.accepted = state.accepted
            counters.open = state.entries.count
            counters.turnedAway = state.turnedAway
        }
    }

    /// Asks every connection to take no further requests and to end with those it has.
    func drain() {
        let channels = state.withLock { state in
            state.isDraining = true
            return state.entries.values.map(\.channel)
        }
        for channel in channels {
            channel.pipeline.fireUserInboundEventTriggered(ServerEvent.drain)
        }
    }

    /// Closes every connection.
    func closeAll() {
        let channels = state.withLock { $0.entries.values.map(\.channel) }
        for channel in channels {
            channel.pipeline.fireUserInboundEventTriggered(ServerEvent.end)
            channel.close(promise: nil)
        }
    }

    /// Returns when no connection is left.
    func waitUntilEmpty() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if !state.entries.isEmpty { state.waiting.append(continuation) }
                return state.entries.isEmpty
            }
            if isEmpty { continuation.resume() }
        }
    }
}

/// What a server asks of the handlers of a channel.
enum ServerEvent: Sendable {
    /// To take no further requests, and to end with those they have.
    case drain
    /// To end at once.
    case end
}
