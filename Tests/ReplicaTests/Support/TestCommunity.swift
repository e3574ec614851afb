import Consensus
import Ledger
import Protocol
import TestKit

@testable import Replica

/// A community of four validators, an aggregator and households, and the chain that its
/// validators agree on: what peers of the replica under test could send it.
struct TestCommunity {
    static let validators = (1...4).map { Address(reserved: 0xa000 + $0) }
    static let aggregator = Address(reserved: 0xb000)
    static let households = (1...6).map { Address(reserved: 0xc000 + $0) }
    static let start = Timestamp(milliseconds: 1_700_000_000_000)

    /// The directory of a validator with a new key, or of one that lost what was in it: only the
    /// mark beside the key tells.
    let first: StoredChain
    private(set) var finals: [FinalBlock] = []
    private var chain: TestChain

    /// A community whose rules change, if it is said so, to such as the replicas under test do not
    /// know.
    init(otherRulesFrom height: UInt64? = nil) throws {
        var genesis = Self.genesis
        let other = RuleVersion(2)
        if let height { genesis.rules.append(RuleChange(from: height, version: other)) }
        first = try StoredChain(genesis: genesis, scheme: PlainScheme())
        let known = RuleBook([RuleVersion(1): Rules(), other: Rules()])
        chain = try TestChain(genesis, rules: known)
    }

    var state: LedgerState { chain.state }
    var head: BlockHeader { chain.head.header }

    static var genesis: Genesis {
        func member(_ account: Address, _ role: MemberRole) -> Member {
            let isHousehold = role == .prosumer
            let meter = Address(bytes: [0xee] + account.bytes.dropFirst()) ?? .zero
            return .fixture(
                account, role, meter: isHousehold ? meter : .zero, certificate: .zero)
        }
        let members =
            validators.map { member($0, .validator) } + [member(aggregator, .aggregator)]
            + households.map { member($0, .prosumer) }
        return .fixture(chainID: 99, at: start, marketTime: 1_000, members)
    }

    var domain: SigningDomain { SigningDomain(chainID: 99, genesisHash: first.genesisHash) }

    /// A transaction that any household may send.
    static func transaction(
        of sender: Address = households[0], nonce: UInt64, price: UInt32 = 10,
        padding: Int = 0
    ) throws -> VerifiedTransaction {
        let data = MarketCall.addOffer(energy: 100, price: price)
        return try transaction(
            of: sender, nonce: nonce, to: NativeContract.market,
            data: data + Bytes(repeating: 1, count: padding))
    }

    static func transaction(
        of sender: Address, nonce: UInt64, to contract: Address, data: Bytes
    ) throws -> VerifiedTransaction {
        let transaction = Transaction(
            chainID: 99, nonce: nonce, gasLimit: 10_000_000, to: contract, data: data)
        return try VerifiedTransaction(
            transaction.signed(by: PlainKey(address: sender)), scheme: PlainScheme())
    }

    /// A block on the chain's head, with everything that a valid one has.
    func block(_ transactions: [VerifiedTransaction], by proposer: Int = 0) -> Block {
        chain.block(transactions, by: Self.validators[proposer]).block
    }

    /// `block` with the seals of the validators numbered so.
    func sealed(_ block: Block, by sealers: [Int] = [0, 1, 2], round: UInt32 = 0) -> FinalBlock {
        let keys = sealers.map { PlainKey(address: Self.validators[$0]) }
        return FinalBlock(
            block: block, certificate: chain.certificate(of: block, by: keys, round: round))
    }

    /// Lets the chain grow by a block.
    @discardableResult
    mutating func grow(
        _ transactions: [VerifiedTransaction] = [], by proposer: Int = 0,
        sealers: [Int] = [0, 1, 2]
    ) throws -> FinalBlock {
        let final = sealed(block(transactions, by: proposer), by: sealers)
        chain.add(try chain.state.execute(final.block, on: chain.head))
        finals.append(final)
        return final
    }

    /// The announcement of the height numbered so.
    func announcement(_ height: Int) -> CertifiedHead {
        let final = height == 0 ? first.head : finals[height - 1]
        return CertifiedHead(
            head: ChainHead(height: UInt64(height), hash: final.block.hash),
            certificate: final.certificate)
    }

    /// A head that nobody has sealed.
    static func boast(_ height: UInt64) -> CertifiedHead {
        CertifiedHead(
            head: ChainHead(height: height, hash: .zero),
            certificate: Certificate(round: 0, seals: []))
    }
}
