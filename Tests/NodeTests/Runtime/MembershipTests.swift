import Ledger
import Peering
import Protocol
import Testing

@testable import Node

/// What the ledger says of a member decides about its node's links, from one block to the next.
@Suite struct `A member's node` {
    private let aggregator = PrivateKey.random()
    private let household = PrivateKey.random()
    private let certificate = SHA256.hash([7])
    private let start = Timestamp(milliseconds: 1_700_000_000_000)

    private func genesis() -> Genesis {
        func member(_ account: Address, _ role: MemberRole, _ certificate: Hash32 = .zero) -> Member
        {
            let isHousehold = role == .prosumer
            return Member(
                account: account, role: role,
                meterKey: isHousehold ? PrivateKey.random().address : .zero,
                ratedPower: Watts(isHousehold ? 10_000 : 0), certificateHash: certificate)
        }
        return Genesis(
            chainID: 99, name: "Membership", timestamp: start,
            marketClock: MarketClock(
                origin: MarketTime(seconds: 1_000), ledgerOrigin: start, rate: 1),
            members: [
                member(Address(reserved: 0xa001), .validator),
                member(aggregator.address, .aggregator),
                member(household.address, .prosumer, certificate),
            ])
    }

    @Test func `is turned away while the member is suspended, and no longer`() throws {
        let (block, first) = try GenesisBlock.make(genesis(), scheme: Secp256k1())
        var (head, state) = (block, first)
        func call(_ data: Bytes, nonce: UInt64) throws {
            let transaction = Transaction(
                chainID: 99, nonce: nonce, gasLimit: 10_000_000, to: NativeContract.community,
                data: data)
            let execution = state.build(
                on: head, at: head.header.timestamp.advanced(byMilliseconds: 1_000),
                proposer: Address(reserved: 0xa001),
                candidates: [try VerifiedTransaction(transaction.signed(by: aggregator))])
            #expect(execution.receipts.map(\.revertReason) == [nil])
            (head, state) = (execution.block, execution.state)
        }
        #expect(state.membership(ofCertificate: certificate) == .member(household.address))
        #expect(state.admitsNode(of: household.address))
        try call(CommunityCall.suspend(household.address), nonce: 0)
        #expect(state.membership(ofCertificate: certificate) == .suspended(household.address))
        #expect(!state.admitsNode(of: household.address))
        #expect(state.admitsNode(of: aggregator.address))
        try call(CommunityCall.reinstate(household.address), nonce: 1)
        #expect(state.membership(ofCertificate: certificate) == .member(household.address))
        #expect(state.admitsNode(of: household.address))
    }

    @Test func `is a stranger's without a certificate that the ledger knows`() throws {
        let state = try GenesisBlock.make(genesis(), scheme: Secp256k1()).state
        #expect(state.membership(ofCertificate: SHA256.hash([8])) == .stranger)
        // Members without a node have this for their certificate's hash.
        #expect(state.membership(ofCertificate: .zero) == .stranger)
        #expect(!state.admitsNode(of: Address(reserved: 0xdddd)))
    }
}
