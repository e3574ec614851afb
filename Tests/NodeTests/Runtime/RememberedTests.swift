import API
import Ledger
import Logging
import Protocol
import Replica
import Testing

@testable import Node

/// What a node keeps between one call and the next.
@Suite struct `What a node remembers` {
    @Test func `of a signature holds for that signature over that text alone`() {
        let (one, two) = (PrivateKey.random(), PrivateKey.random())
        let scheme = CachingSignatureScheme(Secp256k1(), capacity: 4)
        let texts = (0..<20).map { SHA256.hash([$0]) }
        // Twice over, so that each is asked for while it is kept and after it was dropped.
        for digest in texts + texts.reversed() {
            let (first, second) = (one.sign(digest), two.sign(digest))
            for _ in 0..<2 {
                #expect(scheme.signer(of: first, over: digest) == one.address)
                #expect(scheme.signer(of: second, over: digest) == two.address)
            }
            let other = scheme.signer(of: first, over: SHA256.hash(digest.bytes))
            #expect(other != one.address)
        }
    }

    @Test func `of transactions are the newest, each under its own bytes`() throws {
        let key = PrivateKey.random()
        let scheme = CachingSignatureScheme(Secp256k1(), transactions: 4)
        // The newest are of two generations.
        let transactions = try (UInt64(0)..<22).map { nonce in
            let transaction = Transaction(
                kind: .dynamicFee, chainID: 7, nonce: nonce, gasLimit: 21_000,
                to: Address(reserved: 1), value: .zero, data: [])
            return try VerifiedTransaction(
                decoding: transaction.signed(by: key).encoded, scheme: scheme)
        }
        for transaction in transactions.suffix(4) {
            #expect(scheme.verified(transaction.leafHash)?.encoded == transaction.encoded)
        }
        #expect(scheme.verified(transactions[0].leafHash) == nil)
        for transaction in transactions {
            let again = try VerifiedTransaction(decoding: transaction.encoded, scheme: scheme)
            #expect(again == transaction && again.sender == key.address)
        }
    }

    /// Anybody's key makes a valid one of 32 KiB, and 2,048 of them would be 128 MB.
    @Test func `of a long transaction is nothing`() throws {
        let scheme = CachingSignatureScheme(Secp256k1())
        for (length, isRemembered) in [(100, true), (1_100, false), (30_000, false)] {
            let transaction = Transaction(
                chainID: 7, nonce: 0, to: Address(reserved: 1),
                data: Bytes(repeating: 1, count: length))
            let verified = try VerifiedTransaction(
                decoding: transaction.signed(by: PrivateKey.random()).encoded, scheme: scheme)
            #expect((scheme.verified(verified.leafHash) != nil) == isRemembered, "\(length)")
        }
    }

    /// A block of several hundred is verified by several threads, and comes out in its order.
    @Test func `does not change what is in a block, nor hide what is wrong in it`() throws {
        let keys = (0..<3).map { _ in PrivateKey.random() }
        let transactions = try (0..<300).map { number in
            let transaction = Transaction(
                chainID: 7, nonce: UInt64(number / 3), to: Address(reserved: 1), data: [])
            return try VerifiedTransaction(transaction.signed(by: keys[number % 3]))
        }
        func final(_ transactions: [VerifiedTransaction]) -> RLP {
            let header = BlockHeader(
                parentHash: .zero, number: 1, timestamp: Self.start, proposer: .zero,
                stateRoot: .zero, transactionsRoot: Block.transactionsRoot(of: transactions),
                receiptsRoot: .zero, logsBloom: LogsBloom(), gasUsed: 0, nextValidatorsHash: .zero)
            return FinalBlock(
                block: Block(header: header, transactions: transactions),
                certificate: Certificate(round: 0, seals: [])
            ).rlp
        }
        for count in [0, 1, 63, 64, 65, 300] {
            let sent = Array(transactions.prefix(count))
            let read = try FinalBlock(rlp: final(sent), scheme: CachingSignatureScheme(Secp256k1()))
            #expect(read.block.transactions == sent)
            #expect(read.block.transactions.map(\.sender) == sent.map(\.sender))
        }
        // Nobody signed the last one but one.
        struct Blind: SignatureScheme {
            let unknown: Hash32
            func signer(of signature: Signature, over digest: Hash32) -> Address? {
                digest == unknown ? nil : Secp256k1().signer(of: signature, over: digest)
            }
        }
        let blind = Blind(unknown: transactions[298].transaction.signingHash)
        #expect(throws: MalformedBytes.self) {
            try FinalBlock(rlp: final(transactions), scheme: CachingSignatureScheme(blind))
        }
        #expect(throws: MalformedBytes.self) {
            try FinalBlock(rlp: final(transactions), scheme: CachingSignatureScheme(Secp256k1())) {
                _, _ in false
            }
        }
    }

    private static let start = Timestamp(milliseconds: 1_700_000_000_000)

    /// A community of four validators and a household that can offer.
    private static func genesis(household: Address = Address(reserved: 0xc001)) -> Genesis {
        func member(_ account: Address, _ role: MemberRole) -> Member {
            let isHousehold = role == .prosumer
            return Member(
                account: account, role: role,
                meterKey: isHousehold ? Address(reserved: 0xd001) : .zero,
                ratedPower: Watts(isHousehold ? 10_000 : 0), certificateHash: .zero)
        }
        return Genesis(
            chainID: 99, name: "Memory", timestamp: start,
            marketClock: MarketClock(
                origin: MarketTime(seconds: 1_000), ledgerOrigin: start, rate: 1),
            members: (1...4).map { member(Address(reserved: 0xa000 + $0), .validator) }
                + [member(household, .prosumer)])
    }

    private static func monitor(_ block: Block, _ state: LedgerState) -> NodeMonitor {
        NodeMonitor(
            log: .none,
            head: FinalBlock(block: block, certificate: Certificate(round: 0, seals: [])),
            domain: state.domain, scheme: Secp256k1())
    }

    @Test func `of the last block tells how many validators did not seal it`() throws {
        let (block, state) = try GenesisBlock.make(Self.genesis(), scheme: Secp256k1())
        let monitor = Self.monitor(block, state)
        let execution = state.build(
            on: block, at: Self.start, proposer: state.validators().members[0], candidates: [])
        let seal = PrivateKey.random().sign(block.hash)
        for (seals, missing) in [(3, 1), (4, 0), (2, 2)] {
            monitor.committed(
                CommittedBlock(
                    execution,
                    certificate: Certificate(
                        round: 2, seals: Array(repeating: seal, count: seals)),
                    decidedBy: state.validators()),
                by: 4, storedIn: .zero, at: Self.start)
            #expect(monitor.current.missingValidators == missing)
            #expect(monitor.current.round == 2)
        }
    }

    @Test func `of what it observes is counted each time, each under its own name`() throws {
        let (block, state) = try GenesisBlock.make(Self.genesis(), scheme: Secp256k1())
        let monitor = Self.monitor(block, state)
        let refused = Observation.refusedToSignTwice(kind: .commit, height: 1, round: 0)
        let peer = Address(reserved: 7)
        for observation in [
            refused, refused, .misbehaviour(peer, reason: "one"),
            .misbehaviour(peer, reason: "two"), .misbehaviour(peer, reason: "three"),
            .transactionsDropped(4, reason: "expired"), .transactionsDropped(3, reason: "expired"),
            .transactionsDropped(2, reason: "replaced"), .transactionsWithheld(peer),
            .roundChange(height: 1, round: 1),
        ] as [Observation] {
            monitor.report(observation)
        }
        let figures = monitor.current
        #expect(figures.doubleSignsRefused == 2)
        #expect(figures.misbehaviours == 3)
        #expect(figures.transactionsDropped == ["expired": 7, "replaced": 2])
        #expect(figures.transactionsWithheld == 1)
        #expect(figures.roundChanges == 1)
        #expect(figures.evidence == 0)
    }

    @Test func `of what waits is since when, however often it looks`() throws {
        let key = PrivateKey.random()
        let stored = try StoredChain(genesis: Self.genesis(household: key.address))
        var replica = ReplicaState(
            ReplicaConfiguration(address: Address(reserved: 9)),
            from: Resumption(of: stored, hasNeverVoted: false, hasForgotten: false),
            at: Self.start)
        var snapshot = NodeSnapshot(head: stored.head, state: stored.state)
        func later(_ milliseconds: UInt64) -> Timestamp {
            Self.start.advanced(byMilliseconds: milliseconds)
        }
        snapshot.note(replica, at: later(1))
        #expect(snapshot.waitingSince == nil)
        let offer = Transaction(
            chainID: 99, nonce: 0, to: NativeContract.market,
            data: MarketCall.addOffer(energy: 1, price: 1))
        let effects = replica.handle(
            .submitted(try VerifiedTransaction(offer.signed(by: key)), RequestID(1)),
            at: later(2))
        #expect(effects.contains { if case .answer(_, .success) = $0 { true } else { false } })
        for milliseconds in [3, 4, 5_000] as [UInt64] {
            snapshot.note(replica, at: later(milliseconds))
            #expect(snapshot.waitingSince == later(3))
        }
    }
}
