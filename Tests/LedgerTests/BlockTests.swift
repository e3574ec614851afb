import Ledger
import Protocol
import Testing

@Suite struct BlockTests {
    private let anna = TestCommunity.anna
    private let market = NativeContract.market
    private let offer = MarketCall.addOffer(energy: 1, price: 1)

    @Test func `a block takes what can stand in it, in order`() throws {
        var community = try TestCommunity()
        let candidates = [
            try community.transaction(anna, to: market, offer, nonce: 0),
            try community.transaction(anna, to: market, offer, nonce: 2),
            try community.transaction(TestCommunity.stranger, to: market, offer),
            try community.transaction(anna, to: market, offer, nonce: 1),
            try community.transaction(anna, to: market, offer, nonce: 1),
        ]
        let execution = try community.add(candidates)
        #expect(execution.block.transactions == [candidates[0], candidates[3]])
        #expect(community.state.account(anna).nonce == 2)
        #expect(execution.receipts.map(\.cumulativeGasUsed).last == execution.block.header.gasUsed)
        #expect(
            execution.block.header.logsBloom == LogsBloom(logs: execution.receipts.flatMap(\.logs)))
        #expect(execution.block.header.nextValidatorsHash == community.state.validators().hash)
    }

    @Test func `a transaction that reverts stays in the block, and only its nonce counts`() throws {
        var community = try TestCommunity.withOffer()
        let before = community.state
        let reason = try community.send(anna, MarketCall.pickOffer(OfferID(1)))
        #expect(reason == "offer 1 is your own")
        #expect(community.receipts[0].succeeded == false)
        #expect(community.receipts[0].logs.isEmpty)
        #expect(community.state.account(anna).nonce == 2)
        let changed = zip(before.entries, community.state.entries).filter { $0 != $1 }
        #expect(changed.map(\.0.key) == [StateKey.account(anna).bytes])
    }

    @Test func `an empty block changes nothing`() throws {
        var community = try TestCommunity.withOffer()
        let root = community.state.root
        let execution = try community.add([])
        #expect(execution.changes.isEmpty)
        #expect(community.state.root == root)
    }

    @Test func `changes lead from one state to the next`() throws {
        var community = try TestCommunity.withPick()
        var entries: [Bytes: Bytes] = [:]
        for entry in community.state.entries { entries[entry.key] = entry.value }
        let confirm = try community.transaction(
            TestCommunity.aggregator, to: market, community.confirm(1))
        let execution = try community.add([confirm])
        for change in execution.changes { entries[change.key] = change.value }
        let stored = entries.map { StateEntry(key: $0.key, value: $0.value) }
        #expect(try LedgerState(entries: stored).root == execution.block.header.stateRoot)
    }

    @Test(arguments: [0, 1_000]) func `gas and count bound a block`(padding: Int) throws {
        let community = try TestCommunity()
        let data = offer + Bytes(repeating: 1, count: padding)
        let candidates = try (0..<2_001).map {
            try community.transaction(anna, to: market, data, nonce: $0)
        }
        let execution = community.state.build(
            on: community.head, at: community.head.header.timestamp, proposer: .zero,
            candidates: candidates)
        let byGas = Int(Limits.blockGas / LedgerState.gasUsed(to: market, data: data))
        #expect((byGas < Limits.blockTransactions) == (padding > 0))
        #expect(execution.receipts.count == min(byGas, Limits.blockTransactions))
        #expect(execution.block.header.gasUsed <= Limits.blockGas)
        let tooMany = Block(header: execution.block.header, transactions: candidates)
        let bound = padding > 0 ? "\(Limits.blockGas) gas" : "2000 transactions"
        var refusal: BlockError?
        do throws(BlockError) {
            _ = try community.state.execute(tooMany, on: community.head)
        } catch {
            refusal = error
        }
        #expect(refusal == .aboveLimit("more than \(bound)"))
    }

    /// Why the block of one offer is refused after `change` of its header.
    private func refusal(_ change: (inout BlockHeader) -> Void) throws -> BlockError? {
        let community = try TestCommunity.withOffer()
        let good = community.state.build(
            on: community.head, at: community.head.header.timestamp.advanced(byMilliseconds: 500),
            proposer: TestCommunity.validator,
            candidates: [try community.transaction(anna, to: market, offer)])
        var header = good.block.header
        change(&header)
        do throws(BlockError) {
            let block = Block(header: header, transactions: good.block.transactions)
            _ = try community.state.execute(block, on: community.head)
            return nil
        } catch {
            return error
        }
    }

    @Test func `every field that execution gives is compared`() throws {
        #expect(try refusal { _ in } == nil)
        func field(_ change: (inout BlockHeader) -> Void) throws -> String? {
            guard case .wrongResult(let field, _, _)? = try refusal(change) else { return nil }
            return field
        }
        #expect(try field { $0.stateRoot = .zero } == "stateRoot")
        #expect(try field { $0.receiptsRoot = .zero } == "receiptsRoot")
        #expect(try field { $0.transactionsRoot = .zero } == "transactionsRoot")
        #expect(try field { $0.logsBloom = LogsBloom() } == "logsBloom")
        #expect(try field { $0.gasUsed += 1 } == "gasUsed")
        #expect(try field { $0.nextValidatorsHash = .zero } == "nextValidatorsHash")
    }

    @Test func `a block follows its parent`() throws {
        let head = try TestCommunity.withOffer().head
        #expect(
            try refusal { $0.parentHash = .zero }
                == .wrongParent(stated: .zero, expected: head.hash))
        #expect(
            try refusal { $0.number += 1 }
                == .wrongNumber(stated: head.number + 2, parent: head.number))
        let early = Timestamp(milliseconds: head.header.timestamp.milliseconds - 1)
        #expect(
            try refusal { $0.timestamp = early }
                == .timeBeforeParent(stated: early, parent: head.header.timestamp))
    }

    @Test func `a block with a transaction that cannot stand in it is refused`() throws {
        let community = try TestCommunity.withOffer()
        func error(_ transaction: VerifiedTransaction) -> BlockError? {
            let empty = community.state.build(
                on: community.head, at: community.head.header.timestamp, proposer: .zero,
                candidates: [])
            let block = Block(header: empty.block.header, transactions: [transaction])
            do throws(BlockError) {
                _ = try community.state.execute(block, on: community.head)
                return nil
            } catch {
                return error
            }
        }
        let used = try community.transaction(anna, to: market, offer, nonce: 0)
        #expect(error(used) == .inadmissible(index: 0, .nonceTooLow(stated: 0, next: 1)))
        let gap = try community.transaction(anna, to: market, offer, nonce: 2)
        #expect(error(gap) == .nonceGap(index: 0))
        let stranger = try community.transaction(TestCommunity.stranger, to: market, offer)
        #expect(
            error(stranger) == .inadmissible(index: 0, .notMember(TestCommunity.stranger)))
    }

    @Test func `a call changes nothing`() throws {
        let community = try TestCommunity.withOffer()
        let root = community.state.root
        let data = try community.view(from: TestCommunity.ben, MarketCall.pickOffer(OfferID(1)))
        #expect(data.isEmpty)
        #expect(community.state.root == root)
        #expect(try community.trade(1).status == .open)
    }
}
