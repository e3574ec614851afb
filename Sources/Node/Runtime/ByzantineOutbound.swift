#if DEBUG
    package import Protocol
    package import Replica

    /// What makes a validator faulty, for tests on real processes: it stands between an honest
    /// replica and the links, and twists what goes through. Only debug builds have it.
    package protocol ByzantineOutbound: Sendable {
        /// The validator's key, by which it signs what suits it.
        var signer: any Signer { get }

        /// Takes what a peer said; returns whether its own replica is to hear it too.
        mutating func lets(_ message: ReplicaMessage) -> Bool

        /// What goes out in place of `message`, and to whom.
        mutating func twist(
            _ message: ReplicaMessage, to recipients: [Address], by replica: ReplicaState
        ) -> [(message: ReplicaMessage, recipients: [Address])]

        /// What it says unasked, if it is in the mood at `now`.
        mutating func speak(
            by replica: ReplicaState, at now: Timestamp
        ) -> [(message: ReplicaMessage, recipients: [Address])]
    }

    extension Node {
        /// Makes a faulty validator of the node with the given key on the given chain.
        package typealias Corruption =
            @Sendable (PrivateKey, SigningDomain) -> any ByzantineOutbound
    }
#else
    extension Node {
        /// Nothing can corrupt a release build.
        package typealias Corruption = Never
    }
#endif
