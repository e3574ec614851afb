import Ledger
import Peering
import Protocol
import TestKit
import Testing

@testable import Node

/// What the ledger says of a member decides about its node's links, from one block to the next.
@Suite struct `A member's node` {
    private let aggregator = PlainKey(address: Address(reserved: 0xb000))
    private let household = Address(reserved: 0xc000)
    private let certificate = SHA256.hash([7])
    private var chain: TestChain

    init() throws {
        let start = Timestamp(milliseconds: 1_700_000_000_000)
        chain = try TestChain(
            .fixture(
                chainID: 99, at: start,
                [
                    .fixture(Address(reserved: 0xa001), .validator, certificate: .zero),
                    .fixture(aggregator.address, .aggregator, certificate: .zero),
                    .fixture(
                        household, .prosumer, meter: Address(reserved: 0xee00),
                        certificate: certificate),
                ]))
    }

    private mutating func call(_ data: Bytes) throws {
        let execution = chain.block(
            [try chain.transaction(aggregator, to: NativeContract.community, data)],
            by: Address(reserved: 0xa001))
        #expect(execution.receipts.map(\.revertReason) == [nil])
        chain.add(execution)
    }

    @Test mutating func `is turned away while the member is suspended, and no longer`() throws {
        #expect(chain.state.membership(ofCertificate: certificate) == .member(household))
        #expect(chain.state.admitsNode(of: household))
        try call(CommunityCall.suspend(household))
        #expect(chain.state.membership(ofCertificate: certificate) == .suspended(household))
        #expect(!chain.state.admitsNode(of: household))
        #expect(chain.state.admitsNode(of: aggregator.address))
        try call(CommunityCall.reinstate(household))
        #expect(chain.state.membership(ofCertificate: certificate) == .member(household))
        #expect(chain.state.admitsNode(of: household))
    }

    @Test func `is a stranger's without a certificate that the ledger knows`() {
        #expect(chain.state.membership(ofCertificate: SHA256.hash([8])) == .stranger)
        // Members without a node have this for their certificate's hash.
        #expect(chain.state.membership(ofCertificate: .zero) == .stranger)
        #expect(!chain.state.admitsNode(of: Address(reserved: 0xdddd)))
    }
}
