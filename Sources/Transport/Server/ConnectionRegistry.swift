internal import NIOCore
internal import Synchronization

/// The open connections of a server, and its limits on their number.
///
/// A connection that has neither shown a certificate nor made a request holds its place only until
/// others want it: where there are too many of these, or no room at all, one of those gives way whose
/// client (an address, or a /64) has most of them; first those that have said nothing yet, then the
/// oldest. So those who open connections and say nothing, or say it slowly, keep out nobody else.
final class ConnectionRegistry: Sendable {
    private struct Entry: Sendable {
        let channel: any Channel
        let client: String
        let account: ConnectionAccount
        var hasGreeted = false
        var certificate: [UInt8]?
    }

    private struct State {
        var entries: [UInt64: Entry] = [:]
        /// Those that have neither shown a certificate nor made a request.
        var unknown: Set<UInt64> = []
        var perClient: [String: Int] = [:]
        var nextID: UInt64 = 0
        var accepted: UInt64 = 0
        var crowded: [Crowding: UInt64] = [:]
        var isDraining = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let limits: TransportLimits
    /// How many connections there may be, which can change while the server runs.
    private let places: Atomic<Int>
    private let state = Mutex(State())
    private let accepts: RateLimiter

    init(_ limits: TransportLimits) {
        self.limits = limits
        accepts = RateLimiter(perSecond: limits.acceptsPerSecond)
        places = Atomic(limits.connections)
    }

    /// Allows this many connections from now on; those that are there stay.
    func allow(connections: Int) {
        places.store(connections, ordering: .relaxed)
    }

    /// Whether a further connection from `address` may come in now; to be asked once for each, before
    /// anything is done for it.
    func allows(_ address: String) -> Bool {
        guard !accepts.allows(clientName(of: address)) else { return true }
        state.withLock { $0.crowded[.rate, default: 0] += 1 }
        return false
    }

    /// Takes a new connection in and gives it a number, or nil where the limits forbid it.
    func admit(
        _ channel: any Channel, from address: String, _ account: ConnectionAccount
    ) -> UInt64? {
        let client = clientName(of: address)
        let (id, displaced) = state.withLock { state in
            let displaced = makeRoom(&state, for: client)
            if let reason = obstacle(state, client) {
                state.crowded[reason, default: 0] += 1
                return (nil as UInt64?, displaced)
            }
            guard !state.isDraining else { return (nil, displaced) }
            state.nextID += 1
            state.accepted += 1
            state.perClient[client, default: 0] += 1
            state.unknown.insert(state.nextID)
            state.entries[state.nextID] = Entry(
                channel: channel, client: client, account: account)
            return (state.nextID, displaced)
        }
        abort(displaced)
        guard let id else { return nil }
        channel.closeFuture.whenComplete { _ in self.remove(id) }
        return id
    }

    /// Notes that a connection has begun a handshake.
    func greeted(_ id: UInt64) {
        state.withLock { $0.entries[id]?.hasGreeted = true }
    }

    /// Notes that a connection has shown a certificate or made a request.
    func known(_ id: UInt64, certificate: [UInt8]?) {
        let displaced: Entry? = state.withLock { state in
            state.unknown.remove(id)
            guard let certificate, state.entries[id]?.certificate == nil else { return nil }
            state.entries[id]?.certificate = certificate
            let same = state.entries.filter { $0.value.certificate == certificate }
            guard same.count > limits.connectionsPerCertificate, let oldest = same.keys.min()
            else { return nil }
            state.crowded[.certificate, default: 0] += 1
            return take(oldest, &state)
        }
        abort(displaced)
    }

    /// Which limit a connection of `client` would exceed.
    private func obstacle(_ state: State, _ client: String) -> Crowding? {
        if state.entries.count >= places.load(ordering: .relaxed) { return .connections }
        let there = state.perClient[client, default: 0]
        return there >= limits.connectionsPerAddress ? .address : nil
    }

    /// Takes a place from a connection that is not known, where that helps.
    private func makeRoom(_ state: inout State, for client: String) -> Entry? {
        let neighbours = state.unknown.filter { state.entries[$0]?.client == client }
        switch obstacle(state, client) {
        case .address: return displace(from: neighbours, &state)
        case .some: return displace(from: state.unknown, &state)
        case nil: break
        }
        if neighbours.count >= limits.unknownConnectionsPerAddress {
            return displace(from: neighbours, &state)
        }
        guard state.unknown.count >= limits.unknownConnections else { return nil }
        return displace(from: state.unknown, &state)
    }

    private func displace(from candidates: Set<UInt64>, _ state: inout State) -> Entry? {
        var held: [String: Int] = [:]
        for id in candidates { state.entries[id].map { held[$0.client, default: 0] += 1 } }
        let first = candidates.min { one, other in
            guard let left = state.entries[one], let right = state.entries[other] else {
                return one < other
            }
            let (more, less) = (held[left.client, default: 0], held[right.client, default: 0])
            if more != less { return more > less }
            return left.hasGreeted == right.hasGreeted ? one < other : right.hasGreeted
        }
        guard let first else { return nil }
        state.crowded[.unknown, default: 0] += 1
        return take(first, &state)
    }

    private func abort(_ entry: Entry?) {
        entry.map { tell($0.channel, .abort) }
    }

    /// Not at once: whoever calls may stand in the midst of the channel's own work.
    private func tell(_ channel: any Channel, _ event: ServerEvent) {
        channel.eventLoop.execute {
            channel.pipeline.fireUserInboundEventTriggered(event)
        }
    }

    private func take(_ id: UInt64, _ state: inout State) -> Entry? {
        guard let entry = state.entries.removeValue(forKey: id) else { return nil }
        state.unknown.remove(id)
        let there = state.perClient[entry.client, default: 1] - 1
        state.perClient[entry.client] = there > 0 ? there : nil
        return entry
    }

    private func remove(_ id: UInt64) {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            _ = take(id, &state)
            guard state.entries.isEmpty else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Ends the connection that makes the server keep the most, if all together keep too much.
    func endLargest() {
        let largest: Entry? = state.withLock { state in
            let total = state.entries.values.reduce(0) { $0 + $1.account.held }
            guard total > limits.heldBytes,
                let id = state.entries.max(by: { $0.value.account.held < $1.value.account.held })?
                    .key
            else { return nil }
            return take(id, &state)
        }
        largest.map { tell($0.channel, .overdrawn) }
    }

    /// Adds the registry's figures.
    func count(into counters: inout ServerCounters) {
        state.withLock { state in
            counters.accepted = state.accepted
            counters.open = state.entries.count
            counters.crowded = state.crowded
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
    /// To end because this connection makes the server keep too much.
    case overdrawn
    /// To close the socket without a word.
    case abort
}
