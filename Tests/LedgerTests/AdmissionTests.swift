import Ledger
import Protocol
import Testing

@Suite struct AdmissionTests {
    private let anna = TestCommunity.anna
    private let market = NativeContract.market
    private let data = MarketCall.addOffer(energy: 1, price: 1)

    private func refusal(
        nonce: UInt64? = nil, from sender: Address = TestCommunity.anna,
        _ change: (inout Transaction) -> Void = { _ in }
    ) throws -> AdmissionError? {
        let community = try TestCommunity.withOffer()
        let transaction = try community.transaction(sender, to: market, data, nonce: nonce, change)
        do throws(AdmissionError) {
            _ = try community.state.admission(of: transaction)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a transaction is refused for its form`() throws {
        #expect(try refusal() == nil)
        let wrongChain = try refusal { $0.chainID = 1 }
        #expect(wrongChain == .wrongChain(stated: 1, expected: 4_242))
        #expect(wrongChain?.description == "invalid chain id for signer: have 1 want 4242")
        #expect(try refusal { $0.to = nil } == .createsContract)
        let value = try refusal { $0.value = 5 }
        #expect(value == .sendsValue(5))
        #expect(value?.description.hasPrefix("insufficient funds for gas * price + value") == true)
        #expect(try refusal { $0.maxPriorityFeePerGas = 1 } == .priorityFeeAboveCap)
        let large = try refusal { $0.data = Bytes(repeating: 0, count: Limits.transactionBytes) }
        #expect(large?.description.hasPrefix("oversized data: transaction size 32") == true)
        let above = Limits.blockGas + 1
        #expect(try refusal { $0.gasLimit = above } == .gasTooHigh(limit: above))
    }

    @Test func `the gas limit covers the call's gas`() throws {
        let needed = LedgerState.gasUsed(to: market, data: data)
        let nonzero = UInt64(data.filter { $0 != 0 }.count)
        let zeros = UInt64(data.count) - nonzero
        #expect(needed == 21_000 + 16 * nonzero + 4 * zeros + 40_000)
        #expect(LedgerState.gasUsed(to: anna, data: [0, 1]) == 21_020)
        #expect(try refusal { $0.gasLimit = needed } == nil)
        let tooLow = try refusal { $0.gasLimit = needed - 1 }
        #expect(tooLow == .gasTooLow(limit: needed - 1, needed: needed))
        #expect(tooLow?.description.hasPrefix("intrinsic gas too low") == true)
    }

    @Test func `a used nonce is refused, a later one waits`() throws {
        let used = try refusal(nonce: 0)
        #expect(used == .nonceTooLow(stated: 0, next: 1))
        #expect(used?.description == "nonce too low: next nonce 1, tx nonce 0")
        #expect(try refusal(nonce: .max) == .nonceExhausted)
        let community = try TestCommunity.withOffer()
        let later = try community.transaction(anna, to: market, data, nonce: 4)
        #expect(try community.state.admission(of: later) == .later(missing: 3))
    }

    @Test func `only members send`() throws {
        #expect(
            try refusal(from: TestCommunity.stranger) == .notMember(TestCommunity.stranger))
    }

    @Test func `a call of an ordinary account succeeds and does nothing`() throws {
        var community = try TestCommunity()
        #expect(try community.send(anna, to: TestCommunity.stranger, [1, 2, 3]) == nil)
        #expect(community.receipts[0].gasUsed == 21_048)
        #expect(community.receipts[0].logs.isEmpty)
        #expect(community.state.account(anna).nonce == 1)
        #expect(try community.view(of: TestCommunity.stranger, data).isEmpty)
    }
}
