import Peering
import Protocol
import Replica

/// How what the replica says goes out, and what it hears: as it is, or as a debug build's byzantine
/// twists it.
struct Outbound: Sendable {
    let network: PeerNetwork
    #if DEBUG
        /// What is wrong about it, if anything.
        var byzantine: (any ByzantineOutbound)?
    #endif

    /// Sends `message`, which `replica` says, to `recipients`.
    mutating func say(
        _ message: ReplicaMessage, to recipients: [Address], by replica: ReplicaState
    ) async {
        #if DEBUG
            if let sendings = byzantine?.twist(message, to: recipients, by: replica) {
                return await send(sendings)
            }
        #endif
        await network.send(.replica(message), to: recipients)
    }

    /// Whether the replica is to hear of `event`.
    mutating func lets(_ event: Event) -> Bool {
        #if DEBUG
            if case .received(let message, _) = event { return byzantine?.lets(message) ?? true }
        #endif
        return true
    }

    /// Says what nobody asked for, which only byzantine does.
    mutating func speakUnasked(by replica: ReplicaState, at now: Timestamp) async {
        #if DEBUG
            if let sendings = byzantine?.speak(by: replica, at: now) { await send(sendings) }
        #endif
    }

    #if DEBUG
        private func send(_ sendings: [(message: ReplicaMessage, recipients: [Address])]) async {
            for sending in sendings where !sending.recipients.isEmpty {
                await network.send(.replica(sending.message), to: sending.recipients)
            }
        }
    #endif
}
