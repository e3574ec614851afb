import Peering
import Protocol
import Replica

/// How what the replica says goes out, and what it hears: as it is, or as a debug build's treachery
/// twists it.
struct Voice: Sendable {
    private let network: PeerNetwork
    #if DEBUG
        private var treachery: (any Treachery)?

        /// A voice with something wrong about it, if anything.
        init(network: PeerNetwork, treachery: (any Treachery)?) {
            self.network = network
            self.treachery = treachery
        }
    #else
        /// An honest voice.
        init(network: PeerNetwork) {
            self.network = network
        }
    #endif

    /// Sends `message`, which `replica` says, to `recipients`.
    mutating func say(
        _ message: WireMessage, to recipients: [Address], by replica: ReplicaState
    ) async {
        #if DEBUG
            if let sendings = treachery?.twist(message, to: recipients, by: replica) {
                return await send(sendings)
            }
        #endif
        await network.send(message, to: recipients)
    }

    /// Whether the replica is to hear of `event`.
    mutating func lets(_ event: Event) -> Bool {
        #if DEBUG
            if case .received(let message, _) = event { return treachery?.lets(message) ?? true }
        #endif
        return true
    }

    /// Says what nobody asked for, which only treachery does.
    mutating func speakUnasked(by replica: ReplicaState, at now: Timestamp) async {
        #if DEBUG
            if let sendings = treachery?.speak(by: replica, at: now) { await send(sendings) }
        #endif
    }

    #if DEBUG
        private func send(_ sendings: [(message: WireMessage, recipients: [Address])]) async {
            for sending in sendings where !sending.recipients.isEmpty {
                await network.send(sending.message, to: sending.recipients)
            }
        }
    #endif
}
