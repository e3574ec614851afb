import Ledger
import Protocol
import TestKit
import Testing

@Suite struct GenesisTests {
    private func refusal(_ change: (inout Genesis) -> Void) -> String? {
        var genesis = TestCommunity.genesis()
        change(&genesis)
        do throws(GenesisError) {
            _ = try LedgerState(genesis: genesis)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func `a genesis that contradicts itself is refused`() {
        #expect(refusal { _ in } == nil)
        #expect(refusal { $0.chainID = 1 } == "chain id 1 is not from 2 to 2^53 - 1")
        #expect(refusal { $0.chainID = 1 << 53 } != nil)
        #expect(refusal { $0.marketClock.rate = 0 } == "the market's clock stands still")
        #expect(refusal { $0.deliveryWindow = 0 } != nil)
        #expect(
            refusal { $0.aggregatorFee = 1_000_001 }
                == "aggregator fee 1000001 is above 1000000 millionths")
        #expect(refusal { $0.sellerShare = 1_000 } == nil)
        #expect(
            refusal { $0.sellerShare = 1_001 }
                == "the seller's share 1001 is above 1000 per mille")
        #expect(refusal { $0.name = "" } == "the name has not 1 to 256 bytes")
        #expect(
            refusal { $0.members.removeAll { $0.role == .validator } }
                == "no member is a validator")
        #expect(refusal { $0.roundTimeout = 0 } == "the round timeout is 0 ms")
        #expect(refusal { $0.members[7].isSuspended = true } != nil)
        #expect(
            refusal { genesis in
                genesis.members += (0..<Limits.validators).map {
                    TestCommunity.member(TestCommunity.account(UInt8(100 + $0)), .validator)
                }
            } == "101 validators are more than 100")
        #expect(refusal { $0.members = [] } == "no member is a validator")
    }

    /// 946,728,000 s are thirty years of 365.25 days.
    @Test func `the market's clock is good for thirty years`() {
        let lifetime: UInt64 = 946_728_000
        let last = MarketTime(seconds: 1 << 53 - 1 - 60 * lifetime)
        #expect(
            refusal { ($0.marketClock.origin, $0.marketClock.rate) = (last, 60) } == nil)
        let late = last.advanced(bySeconds: 1)
        #expect(
            refusal { ($0.marketClock.origin, $0.marketClock.rate) = (late, 60) }
                == "the market's clock comes to 2^53 s within thirty years: it begins at "
                + "\(late.seconds) s and runs 60 times as fast")
        #expect(refusal { $0.marketClock.rate = .max } != nil)
        #expect(refusal { $0.marketClock.origin = MarketTime(seconds: .max) } != nil)
    }

    @Test func `accounts, meters and certificates are each one member's`() {
        let anna = TestCommunity.anna
        #expect(
            refusal { $0.members.append($0.members[0]) } == "account \(anna) stands twice")
        #expect(
            refusal { $0.members[1].meterKey = $0.members[0].meterKey }
                == "meter key \(TestCommunity.meter(of: anna)) stands twice")
        #expect(
            refusal { $0.members[3].certificateHash = $0.members[0].certificateHash }
                == "certificate \(SHA256.hash(anna.bytes)) stands twice")
    }

    @Test func `a household needs a meter and a connection`() {
        let anna = TestCommunity.anna
        #expect(
            refusal { $0.members[0].meterKey = .zero } == "prosumer \(anna) needs a meter key")
        #expect(
            refusal { $0.members[0].ratedPower = Watts(0) }
                == "prosumer \(anna) needs a rated power above 0 W")
        #expect(refusal { $0.members[0].account = .zero } != nil)
        #expect(refusal { $0.members[0].account = NativeContract.market } != nil)
    }

    @Test func `the first block commits to everything that the chain begins with`() throws {
        let first = try GenesisBlock.make(TestCommunity.genesis())
        #expect(first.block.number == 0)
        #expect(first.block.header.stateRoot == first.state.root)
        #expect(first.block.header.proposer == .zero)
        #expect(first.state.domain.genesisHash == first.block.hash)
        let again = try GenesisBlock.make(TestCommunity.genesis())
        #expect(again.block.hash == first.block.hash)
        let other = try GenesisBlock.make(TestCommunity.genesis(fee: 1))
        #expect(other.block.hash != first.block.hash)
    }

    @Test func `the first state knows parameters, members and validators`() throws {
        let genesis = TestCommunity.genesis()
        let state = try LedgerState(genesis: genesis)
        #expect(state.parameters == genesis)
        #expect(state.members() == genesis.members)
        #expect(state.validators() == genesis.validators)
        let anna = genesis.members[0]
        #expect(state.member(anna.account) == anna)
        #expect(state.member(byCertificate: anna.certificateHash) == anna)
        #expect(state.member(byMeter: anna.meterKey) == anna)
        #expect(state.member(byCertificate: .zero) == nil)
        #expect(state.member(TestCommunity.stranger) == nil)
        #expect(state.supply == .none)
    }

    @Test func `a stored state comes back, and a damaged one does not`() throws {
        let community = try TestCommunity.withDelivery()
        let entries = community.state.entries
        let restored = try LedgerState(entries: entries.reversed(), scheme: PlainScheme())
        #expect(restored.root == community.state.root)
        #expect(restored.root == community.head.header.stateRoot)
        #expect(restored.domain == community.state.domain)
        #expect(restored.entries.count == entries.count)
        for (index, entry) in entries.enumerated() {
            var damaged = entries
            damaged[index] = StateEntry(key: entry.key, value: (entry.value ?? []) + [0])
            #expect(throws: MalformedBytes.self) { try LedgerState(entries: damaged) }
            for count in 0..<(entry.value ?? []).count {
                damaged[index] = StateEntry(
                    key: entry.key, value: Array((entry.value ?? []).prefix(count)))
                #expect(throws: MalformedBytes.self) { try LedgerState(entries: damaged) }
            }
        }
        for (key, last) in [(StateKey.member(TestCommunity.anna), 2)] as [(StateKey, UInt8)] {
            let damaged = entries.map { entry in
                entry.key == key.bytes
                    ? StateEntry(key: entry.key, value: (entry.value ?? []).dropLast() + [last])
                    : entry
            }
            #expect(throws: MalformedBytes.self) { try LedgerState(entries: damaged) }
        }
        let unordered = RLP.list([.address(TestCommunity.ben), .address(TestCommunity.anna)])
        let validators = entries.map { entry in
            entry.key == StateKey.validators.bytes
                ? StateEntry(key: entry.key, value: unordered.encoded) : entry
        }
        #expect(throws: MalformedBytes.self) { try LedgerState(entries: validators) }
        let withoutParameters = entries.filter { $0.key != StateKey.parameters.bytes }
        #expect(throws: MalformedBytes.self) { try LedgerState(entries: withoutParameters) }
        #expect(throws: MalformedBytes.self) { try LedgerState(entries: entries + entries) }
    }

    @Test func `a household proves its balance by the header alone`() throws {
        let community = try TestCommunity.withPick()
        let proof = community.state.proof(of: .account(TestCommunity.ben))
        #expect(proof.verify(root: community.head.header.stateRoot))
        #expect(proof.value?.count == 28)
        let absent = community.state.proof(of: .member(TestCommunity.stranger))
        #expect(absent.verify(root: community.head.header.stateRoot))
        #expect(absent.value == nil)
    }
}
