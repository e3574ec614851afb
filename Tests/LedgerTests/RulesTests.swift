import Protocol
import TestKit
import Testing

@testable import Ledger

/// Rules that change in the middle of a chain: by the second version nobody looks for expired offers.
@Suite struct RulesTests {
    private static let second = RuleVersion(2)
    private static let book: RuleBook = {
        var rules = Rules()
        rules.expirySearch = 0
        return RuleBook([RuleVersion(1): Rules(), second: rules])
    }()

    private static func genesis(secondFrom height: UInt64?) -> Genesis {
        var genesis = TestCommunity.genesis()
        if let height { genesis.rules.append(RuleChange(from: height, version: second)) }
        return genesis
    }

    /// Anna makes two offers that expire, and Carla keeps the market in use: the first is found to be over in block 4, the second in
    /// block 6.
    private func chain(secondFrom height: UInt64?) throws -> TestCommunity {
        var community = try TestCommunity(Self.genesis(secondFrom: height), rules: Self.book)
        for seconds in [100, 300] as [UInt64] {
            let offer = MarketCall.addOffer(
                energy: 100, price: 10, expires: TestCommunity.origin + seconds)
            #expect(try community.send(TestCommunity.anna, offer) == nil)
        }
        for id in [OfferID(3), OfferID(4)] {
            community.wait(200)
            for call in [MarketCall.addOffer(energy: 100, price: 10), MarketCall.cancelOffer(id)] {
                #expect(try community.send(TestCommunity.carla, call) == nil)
            }
        }
        return community
    }

    @Test func `each block is executed by the rules of its height`() throws {
        let old = try chain(secondFrom: nil)
        #expect(try old.trade(1).status == .expired)
        #expect(try old.trade(2).status == .expired)
        let changed = try chain(secondFrom: 5)
        #expect(try changed.trade(1).status == .expired)
        #expect(try changed.trade(2).status == .open)
        let new = try chain(secondFrom: 3)
        #expect(try new.trade(1).status == .open)
        #expect(try new.trade(2).status == .open)
    }

    @Test func `a chain whose rules change is verified from its first block`() throws {
        let community = try chain(secondFrom: 5)
        var (head, state) = try GenesisBlock.make(
            Self.genesis(secondFrom: 5), scheme: PlainScheme(), rules: Self.book)
        for block in community.blocks {
            (head, state) = (block, try state.execute(block, on: head).state)
        }
        #expect(state == community.state)
        #expect(state.ruleSchedule.changes.map(\.from) == [0, 5])
    }

    @Test func `by the rules of another height the same block comes out otherwise`() throws {
        let community = try chain(secondFrom: 5)
        var wrong = Rules()
        wrong.expirySearch = 2
        let book = RuleBook([RuleVersion(1): Rules(), Self.second: wrong])
        var (head, state) = try GenesisBlock.make(
            Self.genesis(secondFrom: 5), scheme: PlainScheme(), rules: book)
        for block in community.blocks.prefix(4) {
            (head, state) = (block, try state.execute(block, on: head).state)
        }
        #expect(throws: BlockError.self) { try state.execute(community.blocks[4], on: head) }
    }

    @Test func `a program without the rules of a height goes no further, and says so`() throws {
        let community = try chain(secondFrom: 5)
        var (head, state) = try GenesisBlock.make(
            Self.genesis(secondFrom: 5), scheme: PlainScheme())
        for block in community.blocks.prefix(4) {
            _ = try state.rules(at: block.number)
            (head, state) = (block, try state.execute(block, on: head).state)
        }
        let unknown = UnknownRules(
            change: RuleChange(from: 5, version: Self.second), newest: RuleVersion(1))
        #expect(throws: unknown) { try state.rules(at: 5) }
        #expect(throws: BlockError.unknownRules(unknown)) {
            try state.execute(community.blocks[4], on: head)
        }
        #expect(
            unknown.description
                == "from block 5 on the ledger's rules are of version 2, and this program knows "
                + "them up to version 1: install a newer one, which goes on from here")
    }

    @Test func `the schedule is part of the root`() throws {
        let plain = try GenesisBlock.make(Self.genesis(secondFrom: nil)).block.header.stateRoot
        let changed = try GenesisBlock.make(Self.genesis(secondFrom: 9)).block.header.stateRoot
        #expect(plain != changed)
        let state = try LedgerState(genesis: Self.genesis(secondFrom: 9))
        let proof = state.proof(of: .rules)
        #expect(proof.verify(root: changed))
        let without = state.entries.filter { $0.key != StateKey.rules.bytes }
        #expect(throws: MalformedBytes.self) { try LedgerState(entries: without) }
    }

    @Test func `a genesis says in order which rules hold, and begins by known ones`() throws {
        func refusal(_ rules: [(UInt64, UInt32)]) -> String? {
            var genesis = TestCommunity.genesis()
            genesis.rules = rules.map { RuleChange(from: $0, version: RuleVersion($1)) }
            do throws(GenesisError) {
                _ = try GenesisBlock.make(genesis)
                return nil
            } catch { return error.reason }
        }
        let order =
            "the rules are not given from block 0 on, in ascending order of block and version"
        for rules: [(UInt64, UInt32)] in [
            [], [(1, 1)], [(0, 0)], [(0, 1), (5, 1)], [(0, 1), (5, 3), (5, 4)],
            [(0, 1), (6, 2), (5, 3)],
        ] {
            #expect(refusal(rules) == order)
        }
        #expect(
            refusal([(0, 2)])
                == "the chain begins by rules of version 2, and this program knows them up to "
                + "version 1")
        #expect(refusal([(0, 1), (5, 7)]) == nil)
    }
}
