import Protocol
import Testing

@testable import Testnet

@Suite struct GrowthBenchUnitTests {
    private func isMet(
        _ course: GrowthSample.Figure.Course, limit: Double? = nil, _ values: Double...
    ) -> Bool {
        let figure = GrowthSample.Figure(
            name: "a figure", value: values.last ?? 0, course: course, limit: limit)
        return GrowthVerdict(figure: figure, values: values).isMet
    }

    @Test func `what must be flat may grow by a factor or by a little`() {
        let flat = GrowthSample.Figure.Course.flat(factor: 2, slack: 5)
        #expect(isMet(flat, 10, 90, 20))
        #expect(!isMet(flat, 10, 10, 20.1))
        #expect(isMet(flat, 1, 3, 6))
        #expect(!isMet(flat, 1, 3, 6.1))
        #expect(isMet(flat, 10, 9, 1))
        #expect(!isMet(flat, limit: 15, 10, 12, 16))
        #expect(isMet(.steady(share: 0.5), 100, 10, 50))
        #expect(!isMet(.steady(share: 0.5), 100, 90, 49))
        #expect(isMet(.growing, 1, 10, 1_000))
        #expect(!isMet(.growing, limit: 10, 1, 10, 11))
    }

    @Test func `a plan measures at a hundredth, at a tenth and at the end`() {
        let plan = GrowthPlan(members: 10_000, trades: 100_000)
        #expect(plan.wave == 400 && plan.waves == 250)
        #expect(plan.checkpoints == [3, 25, 250])
        // The ledger keeps a hundredth of all.
        let week: UInt64 = 7 * 86_400
        #expect(plan.interval(keptSeconds: week) * 60 * 250 / 1_000 == week * 100)
        let small = GrowthPlan(members: 50, trades: 300)
        #expect(small.wave == 3 && small.waves == 100 && small.ownTrades == 1)
        #expect(GrowthPlan(members: 10, trades: 100).checkpoints == [1, 10, 100])
        // Nobody trades twice at once but the two who are measured.
        #expect(GrowthPlan(members: 20, trades: 10_000).wave == 10 + 10)
    }

    @Test func `who signed is known only of what was signed here`() throws {
        let key = try #require(PrivateKey(secret: Bytes(repeating: 7, count: 32)))
        let other = try #require(PrivateKey(secret: Bytes(repeating: 8, count: 32)))
        let signers = KnownSigners()
        let digest = Keccak256.hash([1])
        let signature = signers.sign(digest, by: key)
        #expect(signature == key.sign(digest))
        #expect(signers.signer(of: other.sign(digest), over: digest) == other.address)
        #expect(signers.signer(of: signature, over: digest) == key.address)
        #expect(signers.signer(of: signature, over: Keccak256.hash([2])) != key.address)
    }
}
