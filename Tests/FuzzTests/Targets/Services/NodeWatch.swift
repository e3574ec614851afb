import Consensus
import Ledger
import Market
import Protocol
import Replica
import Simulation

/// What a node promises whatever it hears, looked at as it speaks.
struct NodeWatch {
    /// Up to how many things one event may ask for.
    private static let mostEffects = 600
    /// How many bytes one event may have a node say to one peer: the 64 transactions that have waited
    /// longest, each as long as one may be, and something else.
    private static let mostBytes = 64 * Limits.transactionBytes + 1 << 20
    /// How long a line of the log may be.
    private static let mostLetters = 2_048

    private struct Slot: Hashable {
        let kind: ConsensusMessage.Kind
        let height: UInt64
        let round: UInt32
    }

    /// The key whose votes are the node's own; nil where it has none.
    let key: SimulatedKey?
    /// Whether a quorum of validators lied, after which a node may stop.
    var hasQuorumLied = false
    private(set) var isStopped = false
    private(set) var height: UInt64
    private(set) var headHash: Hash32
    private var checker: LedgerChecker
    private var votes: [Slot: Bytes] = [:]
    private var persisted: Set<ConsensusMessage> = []
    /// Up to where each register was signed away, and for which trade what.
    private var signed: [MeterRegister: (end: WattHours, receipts: [OfferID: MeterReceipt])] = [:]
    private var stored: Set<SignedMeterReceipt> = []

    private struct MeterRegister: Hashable {
        let meter: Address
        let direction: FlowDirection
    }

    init(_ community: FuzzCommunity, key: SimulatedKey?) {
        self.key = key
        height = community.stored.head.block.number
        headHash = community.stored.head.block.hash
        checker = community.checker
    }

    // The replica.

    mutating func look(at effects: [Effect], of replica: ReplicaState) throws {
        guard effects.count <= Self.mostEffects else {
            throw BrokenPromise("\(effects.count) effects of one event")
        }
        var bytes: [Address: Int] = [:]
        for effect in effects { try look(at: effect, &bytes) }
        if let most = bytes.values.max(), most > Self.mostBytes {
            throw BrokenPromise("\(most) bytes said to one peer at one event")
        }
        guard replica.head.block.number == height, replica.head.block.hash == headHash else {
            throw BrokenPromise("the head is another than what was stored last")
        }
        guard replica.pool.count <= Limits.poolTransactions,
            replica.pool.bytes <= Limits.poolBytes
        else { throw BrokenPromise("\(replica.pool.count) transactions wait") }
    }

    private mutating func look(at effect: Effect, _ bytes: inout [Address: Int]) throws {
        switch effect {
        case .persist(.vote(let message)): persisted.insert(message)
        case .commit(let committed): try look(at: committed)
        case .send(let message, let recipients):
            let size = WireMessage.replica(message).encoded.count
            guard size <= Limits.messageBytes else { throw BrokenPromise("\(size) bytes") }
            for recipient in recipients { bytes[recipient, default: 0] += size }
            if case .consensus(let vote) = message { try look(at: vote) }
        case .serveBlocks(_, let from, let count):
            guard from <= height, count <= Limits.syncBlocks, from + count <= height + 1 else {
                throw BrokenPromise("\(count) blocks from \(from) on, at \(height)")
            }
        case .report(let observation): try Self.check(line: "\(observation)")
        case .stop(let reason):
            try Self.check(line: reason)
            isStopped = true
            guard hasQuorumLied else { throw BrokenPromise("it stops: \(reason)") }
        case .persist, .persistVotingRight, .keep, .setTimer, .answer: break
        }
    }

    private mutating func look(at committed: CommittedBlock) throws {
        let block = committed.final.block
        guard block.number == height + 1, block.header.parentHash == headHash else {
            throw BrokenPromise("block \(block.number) on block \(height)")
        }
        (height, headHash) = (block.number, block.hash)
        if let fault = checker.check(committed) { throw BrokenPromise(fault) }
    }

    /// What its own key says is stored before, and nothing else of the kind is ever said.
    private mutating func look(at message: ConsensusMessage) throws {
        guard let key, key.hasSigned(message.ownSignature) else { return }
        guard persisted.contains(message) else {
            throw BrokenPromise("a \(message.kind) is said that was not stored")
        }
        let slot = Slot(kind: message.kind, height: message.height, round: message.round)
        let statement = message.statement
        if let said = votes[slot], said != statement {
            throw BrokenPromise("two statements: \(message.kind) of round \(message.round)")
        }
        votes[slot] = statement
    }

    // The role.

    mutating func look(at effects: [RoleEffect]) throws {
        guard effects.count <= Self.mostEffects else {
            throw BrokenPromise("a role asks for \(effects.count) things at one event")
        }
        for effect in effects {
            switch effect {
            case .store(.household(.delivery(let delivery))):
                if let receipt = delivery.receipt { stored.insert(receipt) }
            case .send(.receipt(let receipt), _) where !receipt.receipt.isStart:
                try look(at: receipt)
            case .send(.refusal(_, let reason), _):
                guard reason.verbatim.utf8.count <= Limits.textBytes else {
                    throw BrokenPromise("a refusal of \(reason.verbatim.utf8.count) bytes")
                }
            case .log(let line):
                for text in [line.text] + line.metadata.map({ "\($0)=\($1)" }) {
                    try Self.check(line: text)
                }
            case .store(.household(.told(let report, let teller))):
                guard teller == FuzzCommunity.aggregator.address,
                    report.quarters.count <= QuarterReport.most
                else { throw BrokenPromise("quarters of an hour of somebody else") }
            case .store, .send, .tell, .submit, .reply, .granted: break
            }
        }
    }

    /// No stretch of a register is signed twice, and no receipt is sent that is not stored.
    private mutating func look(at said: SignedMeterReceipt) throws {
        guard stored.contains(said) else { throw BrokenPromise("a receipt that is not stored") }
        let receipt = said.receipt
        let register = MeterRegister(meter: receipt.meter, direction: receipt.direction)
        var known = signed[register] ?? (.zero, [:])
        if let same = known.receipts[receipt.tradeID] {
            guard same == receipt else { throw BrokenPromise("two receipts for one trade") }
            return
        }
        guard receipt.startRegister >= known.end else {
            throw BrokenPromise("a stretch of a register is signed twice")
        }
        known.receipts[receipt.tradeID] = receipt
        known.end = receipt.endRegister
        signed[register] = known
    }

    private static func check(line: String) throws {
        guard line.unicodeScalars.count <= mostLetters else {
            throw BrokenPromise("a line of \(line.unicodeScalars.count) letters")
        }
        guard UntrustedText(line).isPlain else {
            throw BrokenPromise(
                "a line that a terminal does not take for text: \(UntrustedText(line))")
        }
    }
}

extension ConsensusMessage {
    /// The signature that stands for the whole.
    fileprivate var ownSignature: Signature {
        switch self {
        case .proposal(let proposal): proposal.signature
        case .prepare(let prepare): prepare.signature
        case .commit(let commit): commit.seal
        case .roundChange(let change): change.vote.signature
        }
    }

    /// What is signed, without what only proves it.
    fileprivate var statement: Bytes {
        switch self {
        case .proposal(let proposal): proposal.block.hash.bytes
        case .prepare(let prepare): prepare.digest.bytes
        case .commit(let commit): commit.digest.bytes
        case .roundChange(let change): change.vote.signature.bytes
        }
    }
}
