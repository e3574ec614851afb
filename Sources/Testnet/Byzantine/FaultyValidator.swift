#if DEBUG
    import Console
    import Node
    import Protocol
    import Replica
    import Simulation
    import Synchronization

    /// A validator that plays misbehaviours on real links: the simulation's `ByzantineNode` around a real
    /// replica.
    struct FaultyValidator: ByzantineOutbound {
        private let key: RememberingKey
        private let misbehaviours: [Misbehaviour]
        private var byzantineNode: ByzantineNode
        private var generator: SeededGenerator
        private var hasBegun = false
        private var speaksNextAt: Timestamp?

        /// Of this seed is a choice that shows: one honest peer hears other proposals and votes than
        /// the others, and round changes alone are withheld. Who says the same to everybody, or
        /// nothing to anybody, equivocates without a proof of it.
        private static let schemeSeed: UInt64 = 7

        /// A validator with `key` that plays `misbehaviours`. Its choices are always the same; the moments
        /// of its lies, and what they say, differ from key to key.
        init(key: PrivateKey, domain: SigningDomain, misbehaviours: [Misbehaviour]) {
            self.key = RememberingKey(key)
            self.misbehaviours = misbehaviours
            // Its replica must not stop voting because it hears what its key has said beside it.
            byzantineNode = ByzantineNode(key: self.key, domain: domain, isStubborn: true)
            generator = SeededGenerator(
                seed: key.address.bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) })
        }

        var signer: any Signer { key }

        mutating func lets(_ message: ReplicaMessage) -> Bool {
            byzantineNode.hear(message)
            return !byzantineNode.overlooks(message)
        }

        mutating func twist(
            _ message: ReplicaMessage, to recipients: [Address], by replica: ReplicaState
        ) -> [(message: ReplicaMessage, recipients: [Address])] {
            begin(by: replica)
            let sendings = byzantineNode.twist(
                message, to: recipients, by: replica, generator: &generator)
            return sendings.map { ($0.message, $0.recipients) }
        }

        mutating func speak(
            by replica: ReplicaState, at now: Timestamp
        ) -> [(message: ReplicaMessage, recipients: [Address])] {
            if let speaksNextAt, now < speaksNextAt { return [] }
            speaksNextAt = now.advanced(byMilliseconds: generator.next(in: 20...1_500))
            begin(by: replica)
            return byzantineNode.misbehave(by: replica, generator: &generator).map {
                ($0.message, $0.recipients)
            }
        }

        /// It is honest until it may vote: earlier nobody listens to it.
        private mutating func begin(by replica: ReplicaState) {
            guard !hasBegun, replica.isParticipating else { return }
            hasBegun = true
            let others = replica.validators.members.filter { $0 != key.address }
            var choices = SeededGenerator(seed: Self.schemeSeed)
            byzantineNode.begin(misbehaviours, incident: 0, peers: others, generator: &choices)
        }
    }

    /// A key that knows its last signatures again.
    private final class RememberingKey: ByzantineKey {
        private let key: PrivateKey
        private let signed = Mutex(LastElements<Signature>(capacity: 4_096))

        init(_ key: PrivateKey) {
            self.key = key
        }

        var address: Address { key.address }

        func sign(_ digest: Hash32) -> Signature {
            let signature = key.sign(digest)
            signed.withLock { $0.add(signature) }
            return signature
        }

        func hasSigned(_ signature: Signature) -> Bool {
            signed.withLock { $0.all.contains(signature) }
        }
    }

    extension Misbehaviour {
        /// The misbehaviour's name in settings: `invalid-blocks`.
        var settingName: String {
            rawValue.reduce(into: "") { name, letter in
                name += letter.isUppercase ? "-" + letter.lowercased() : String(letter)
            }
        }

        /// The misbehaviour called `name` in settings, or a refusal that lists them.
        static func named(_ name: String) throws -> Misbehaviour {
            guard let misbehaviour = allCases.first(where: { $0.settingName == name }) else {
                let names = allCases.map(\.settingName).joined(separator: ", ")
                throw CommandFailure(
                    .failed, "byzantine: \"\(name)\" is no misbehaviour; there are: \(names)")
            }
            return misbehaviour
        }
    }
#endif
