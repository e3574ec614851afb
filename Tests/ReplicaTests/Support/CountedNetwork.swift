import Ledger
import Protocol
import Synchronization
import TestKit

@testable import Replica

/// A scheme that counts how often it is asked for a signer.
final class CountingScheme: SignatureScheme {
    private let counted = Mutex(0)

    var count: Int { counted.withLock { $0 } }

    func signer(of signature: Signature, over digest: Hash32) -> Address? {
        counted.withLock { $0 += 1 }
        return Secp256k1().signer(of: signature, over: digest)
    }
}

/// The replicas of four validators and of a household's node, which say to each other what real ones do
/// in bytes, and what that costs, counted.
struct CountedNetwork {
    /// What the network has done so far.
    struct Counts {
        /// Messages, each once a recipient, as frames on links.
        var frames = 0
        /// Their bytes, without TLS and HTTP/2.
        var bytes = 0
        /// How often a node looked for a signer: with each transaction that it reads, each vote and
        /// each seal.
        var signers = 0
        /// What validators stored before they said it, step by step.
        var stored = 0
        /// Blocks that the household has.
        var blocks = 0
        /// Transactions that it has.
        var transactions = 0

        static func - (left: Self, right: Self) -> Self {
            Counts(
                frames: left.frames - right.frames, bytes: left.bytes - right.bytes,
                signers: left.signers - right.signers, stored: left.stored - right.stored,
                blocks: left.blocks - right.blocks,
                transactions: left.transactions - right.transactions)
        }
    }

    private struct Node {
        let address: Address
        let scheme: CountingScheme
        var replica: ReplicaState
        var finals: [FinalBlock] = []
    }

    private enum Occurrence {
        case frame(Bytes, from: Int)
        case timer(ReplicaTimer)
    }

    let community: TestKit.TestCommunity
    private(set) var now: Timestamp
    private var nodes: [Node] = []
    private var waiting: [(time: Timestamp, node: Int, occurrence: Occurrence)] = []
    private var counted = Counts()
    private var requests: UInt64 = 0

    /// How long a message is under way, in milliseconds.
    private static let delay: UInt64 = 1
    static let validators = 4
    private static let household = 4

    init() throws {
        community = try TestKit.TestCommunity()
        now = TestKit.TestCommunity.start.advanced(byMilliseconds: 60_000)
        let keys = community.validators + [community.seller]
        for (number, key) in keys.enumerated() {
            let isValidator = number < Self.validators
            let scheme = CountingScheme()
            var stored = try StoredChain(genesis: community.genesis, scheme: scheme)
            let resumption = Resumption(of: stored, hasNeverVoted: isValidator, hasForgotten: false)
            if let votingRight = resumption.toPersist { stored.votingRight = votingRight }
            let configuration = ReplicaConfiguration(
                address: key.address, signer: isValidator ? key : nil, scheme: scheme)
            nodes.append(
                Node(
                    address: key.address, scheme: scheme,
                    replica: ReplicaState(configuration, from: resumption, at: now)))
        }
        for number in nodes.indices {
            try perform(nodes[number].replica.start(at: now), of: number)
        }
        for first in nodes.indices {
            for second in 0..<first {
                try handle(.connected(nodes[second].address), at: first)
                try handle(.connected(nodes[first].address), at: second)
            }
        }
        try run(milliseconds: 1_000)
    }

    /// What has been done so far.
    var counts: Counts {
        var counts = counted
        counts.signers = nodes.reduce(0) { $0 + $1.scheme.count }
        let finals = nodes[Self.household].finals
        counts.blocks = finals.count
        counts.transactions = finals.reduce(0) { $0 + $1.block.transactions.count }
        return counts
    }

    /// A user hands `transaction` in at the validator numbered so.
    mutating func submit(_ transaction: VerifiedTransaction, at validator: Int) throws {
        requests += 1
        try handle(.submitted(transaction, RequestID(requests)), at: validator)
    }

    /// Lets time go by with all that is due in it.
    mutating func run(milliseconds: UInt64) throws {
        let end = now.advanced(byMilliseconds: milliseconds)
        while let index = waiting.indices.min(by: { waiting[$0].time < waiting[$1].time }),
            waiting[index].time <= end
        {
            // Of those at one time the first that was added is the first in the list.
            let next = waiting.remove(at: index)
            now = max(now, next.time)
            switch next.occurrence {
            case .timer(let timer): try handle(.timer(timer), at: next.node)
            case .frame(let bytes, let sender):
                let scheme = nodes[next.node].scheme
                guard case .replica(let message) = try WireMessage(decoding: bytes, scheme: scheme)
                else { continue }
                try handle(.received(message, from: nodes[sender].address), at: next.node)
            }
        }
        now = end
    }

    private mutating func handle(_ event: Event, at node: Int) throws {
        try perform(nodes[node].replica.handle(event, at: now), of: node)
    }

    private mutating func perform(_ effects: [Effect], of node: Int) throws {
        var storedBefore = false
        for effect in effects {
            switch effect {
            // As a node does it: all records of a step together, or with the block before them.
            case .persist:
                if !storedBefore { counted.stored += 1 }
                storedBefore = true
            case .commit(let committed):
                if node < Self.validators { counted.stored += 1 }
                storedBefore = true
                nodes[node].finals.append(committed.final)
            case .send(let message, let recipients): send(message, from: node, to: recipients)
            case .serveBlocks(let peer, let from, let count):
                let blocks = nodes[node].finals.dropFirst(Int(from) - 1).prefix(Int(count))
                send(.blocks(Array(blocks)), from: node, to: [peer])
            case .setTimer(let timer, let moment):
                waiting.append((max(moment, now), node, .timer(timer)))
            case .answer(_, .failure(let rejection)): throw Refused(rejection: rejection)
            case .stop(let reason): throw Stopped(reason: reason)
            case .persistVotingRight, .keep, .answer, .report: break
            }
        }
    }

    struct Refused: Error { let rejection: PoolRejection }
    struct Stopped: Error { let reason: String }

    private mutating func send(_ message: ReplicaMessage, from node: Int, to recipients: [Address])
    {
        let bytes = WireMessage.replica(message).encoded
        for recipient in recipients {
            guard let place = nodes.firstIndex(where: { $0.address == recipient }) else { continue }
            counted.frames += 1
            // Four bytes of length stand before each.
            counted.bytes += bytes.count + 4
            waiting.append(
                (now.advanced(byMilliseconds: Self.delay), place, .frame(bytes, from: node)))
        }
    }
}
