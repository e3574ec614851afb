import Consensus
import Ledger
import Protocol
import Replica

/// Watches everything that nodes store, say and decide, and notes the first broken promise.
struct SafetyChecker {
    /// What was decided for each height, from 1 on.
    private(set) var decided: [Decision] = []
    /// The first broken promise.
    private(set) var failure: String?

    /// A height's block, whoever decided it first.
    struct Decision {
        let hash: Hash32
        let stateRoot: Hash32
        let transactions: [Hash32]
    }

    /// What a validator may say one thing about.
    private struct Subject: Hashable {
        let author: Address
        let kind: ConsensusMessage.Kind
        let height: UInt64
        let round: UInt32
    }

    private let domain: SigningDomain
    private let parameters: ConsensusParameters
    private let scheme = SimulatedScheme()
    private var statements: [Subject: Statement.Content] = [:]
    /// When each block was first sent to anyone as a new one, and in which round.
    private var proposed: [Hash32: (time: UInt64, round: UInt32)] = [:]
    private var ledger: LedgerChecker
    /// How high each node's stored chain is.
    private var heights: [Address: UInt64] = [:]
    /// Validators that lost their memory at some time: up to which height they may contradict
    /// their former selves.
    private var excused: [Address: UInt64] = [:]
    /// Validators whose disk tells that they do not know what they said: until they have earned
    /// their vote they say nothing.
    private var silent: Set<Address> = []
    /// The time, in simulated milliseconds.
    var time: UInt64 = .max
    /// Whether a clock has been wrong: its node may not believe the time of its own proposal.
    var mayClocksLie = false
    /// The faulty validators, which promise nothing.
    private var guilty: Set<Address> = []
    private var harmful: Set<Address> = []

    init(community: SimulatedCommunity) {
        domain = community.domain
        parameters = ConsensusParameters(
            genesis: community.genesis, genesisHash: community.chain.genesisHash)
        ledger = LedgerChecker(from: community.chain.state)
    }

    var height: UInt64 { UInt64(decided.count) }

    /// The state after the last block that was decided.
    var state: LedgerState { ledger.state }

    /// Notes a broken promise, if it is the first.
    mutating func fail(_ reason: String) {
        if failure == nil { failure = reason }
    }

    /// From now on a validator may contradict itself, since its memory was taken; but not where
    /// its start can tell, and it `mustBeSilent`.
    mutating func excuse(_ validator: Address, mustBeSilent: Bool) {
        excused[validator] = .max
        if mustBeSilent { silent.insert(validator) } else { silent.remove(validator) }
    }

    /// A validator that was thought to have lost something has never said a thing.
    mutating func hasLostNothing(_ validator: Address) { silent.remove(validator) }

    /// A validator has earned its vote back at `height`: what it says above that, it says once.
    mutating func endExcuse(of validator: Address, at height: UInt64) {
        excused[validator] = height
        silent.remove(validator)
    }

    /// A node begins with this right: not with its vote, where it can tell that it has forgotten.
    mutating func began(_ node: Address, with votingRight: VotingRight) {
        if votingRight == .established, silent.contains(node), !guilty.contains(node) {
            fail("\(node) begins with its vote and knows that it has forgotten")
        }
    }

    /// A validator is faulty for the whole run.
    mutating func condemn(_ validator: Address) {
        guilty.insert(validator)
    }

    /// A member that is no validator may do all sorts of things but vote, and be blamed for them.
    mutating func suspect(_ member: Address) {
        harmful.insert(member)
    }

    /// Whether `validator` may be seen to have contradicted itself at `height`.
    private func mayBeGuilty(_ validator: Address, at height: UInt64) -> Bool {
        guilty.contains(validator) || excused[validator].map { height <= $0 } ?? false
    }

    /// Whether anybody may be seen to have contradicted itself at `height`: a proposer that has
    /// forgotten its proposal makes another, and whoever has prepared the first refuses the second.
    private func mayAnyoneBeGuilty(at height: UInt64) -> Bool {
        !guilty.isEmpty || excused.values.contains { height <= $0 }
    }

    /// A validator has stored what it is about to say: it must not have said anything else.
    mutating func stored(_ record: SafetyRecord, by author: Address) {
        guard case .vote(let message) = record else { return }
        if silent.contains(author), !guilty.contains(author) {
            fail("\(author) speaks at height \(message.height) and knows that it has forgotten")
        }
        let subject = Subject(
            author: author, kind: message.kind, height: message.height, round: message.round)
        let content = Statement(message).content
        if let before = statements[subject], before != content,
            !mayBeGuilty(author, at: message.height)
        {
            fail("\(author) says two things: \(before) and \(content) as \(subject)")
        }
        statements[subject] = content
    }

    /// A message goes out, whoever sends it, and whatever it is worth.
    mutating func sent(_ message: ReplicaMessage, at time: UInt64) {
        guard case .consensus(.proposal(let proposal)) = message, proposal.prepares.isEmpty,
            proposed[proposal.block.hash] == nil
        else { return }
        proposed[proposal.block.hash] = (time, proposal.round)
    }

    /// A node sends a message: what it says in its own name, it has stored before.
    mutating func said(_ message: ReplicaMessage, by key: SimulatedKey) {
        guard case .consensus(let message) = message else { return }
        let statement = Statement(message)
        guard key.hasSigned(statement.signature) else { return }
        let subject = Subject(
            author: key.address, kind: statement.kind, height: statement.height,
            round: statement.round)
        if statements[subject] != statement.content {
            fail("\(key.address) says what it has not stored: \(subject)")
        }
    }

    /// A node starts with this chain on its disk: all that it had stored as final.
    mutating func started(_ node: Address, at height: UInt64, head: Hash32) {
        let stored = heights[node] ?? 0
        if height != stored { fail("\(node) had \(stored) final blocks and starts with \(height)") }
        if height > 0, height <= self.height, decided[Int(height) - 1].hash != head {
            fail("\(node) starts with another block at height \(height)")
        }
    }

    /// A node's disk was emptied or replaced by an old copy.
    mutating func replaced(_ node: Address, at height: UInt64) {
        heights[node] = height
    }

    /// At the end a node that was not left behind holds everything that ever was final.
    mutating func audit(_ store: SimulatedStore, of node: Address) {
        guard failure == nil else { return }
        guard store.blocks.count == decided.count else {
            fail("\(node) holds \(store.blocks.count) of \(decided.count) final blocks")
            return
        }
        for (final, decision) in zip(store.blocks, decided) {
            let transactions = final.block.transactions.map(\.hash)
            guard final.block.hash == decision.hash, transactions == decision.transactions else {
                fail("\(node) holds another block at height \(final.block.number)")
                return
            }
        }
        if let last = decided.last, store.stateRoot != last.stateRoot {
            fail("\(node) holds another state at height \(decided.count)")
        }
    }

    /// A node has stored a block as final.
    mutating func committed(_ committed: CommittedBlock, by node: Address) {
        let block = committed.final.block
        if !guilty.contains(node) {
            let stored = heights[node] ?? 0
            if block.number != stored + 1 {
                fail("\(node) stores height \(block.number) as final after height \(stored)")
            }
            heights[node] = block.number
        }
        let number = Int(block.number)
        guard number >= 1, number <= decided.count + 1 else {
            fail("\(node) decides height \(number) after \(decided.count)")
            return
        }
        if number <= decided.count {
            let decision = decided[number - 1]
            if decision.hash != block.hash {
                fail("two blocks at height \(number): \(decision.hash) and \(block.hash)")
            } else if decision.stateRoot != committed.state.root {
                fail("two states at height \(number)")
            } else if decision.transactions != block.transactions.map(\.hash) {
                fail("\(node) stores height \(number) with other transactions than are final")
            }
            return
        }
        decideNew(committed)
    }

    private mutating func decideNew(_ committed: CommittedBlock) {
        let block = committed.final.block
        if !committed.decidedBy.certifies(
            committed.final.certificate, block: block.hash, height: block.number, domain: domain,
            scheme: scheme)
        {
            fail("the block of height \(block.number) has no valid certificate")
        }
        if committed.state.root != block.header.stateRoot {
            fail("the state after height \(block.number) is not what its header says")
        }
        if block.header.transactionsRoot != Block.transactionsRoot(of: block.transactions) {
            fail("the block of height \(block.number) holds other transactions than are final")
        }
        let latest = time.addingReportingOverflow(Limits.futureMilliseconds)
        if !mayClocksLie, !latest.overflow,
            block.header.timestamp.milliseconds > latest.partialValue
        {
            fail("the time of the block of height \(block.number) has not come")
        }
        if !mayClocksLie, isBackdated(block.header, hash: block.hash) {
            fail("the block of height \(block.number) was dated back")
        }
        decided.append(
            Decision(
                hash: block.hash, stateRoot: committed.state.root,
                transactions: block.transactions.map(\.hash)))
        if let broken = ledger.check(committed) { fail("height \(block.number): \(broken)") }
        forgetOldStatements()
    }

    /// Whether a block was proposed for the first time when its time had long passed.
    private func isBackdated(_ header: BlockHeader, hash: Hash32) -> Bool {
        guard let first = proposed[hash] else { return false }
        let allowed = max(Limits.pastMilliseconds, parameters.duration(ofRound: first.round))
        return header.timestamp.advanced(byMilliseconds: allowed).milliseconds < first.time
    }

    /// What must not be seen where no more than the tolerated number are faulty; and evidence
    /// names only those who may be guilty.
    mutating func observed(_ observation: Observation, by node: Address) {
        guard !guilty.contains(node) else { return }
        switch observation {
        case .diverged, .conflictingCertificates: fail("\(node): \(observation)")
        case .refusedToSignTwice(_, let height, _) where !mayAnyoneBeGuilty(at: height):
            fail("\(node): \(observation)")
        case .ownProposalRefused where !mayClocksLie: fail("\(node): \(observation)")
        case .evidence(let evidence):
            let offender = evidence.offender(in: domain, scheme: scheme)
            if offender.map({ !mayBeGuilty($0, at: evidence.first.height) }) ?? true {
                fail("\(node) accuses the innocent: \(evidence)")
            }
        case .keyUsedElsewhere where excused[node] == nil: fail("\(node): \(observation)")
        case .misbehaviour(let peer, _)
        where !guilty.contains(peer) && !harmful.contains(peer) && !harmful.contains(node):
            fail("\(node) blames an honest node: \(observation)")
        default: break
        }
    }

    private mutating func forgetOldStatements() {
        guard decided.count.isMultiple(of: 512), height > 256 else { return }
        proposed = [:]
        let oldest = height - 256
        statements = statements.filter { $0.key.height >= oldest }
    }
}
