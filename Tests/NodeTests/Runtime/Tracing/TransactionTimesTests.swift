import API
import Consensus
import Ledger
import Peering
import Protocol
import TestKit
import Testing

@testable import Node
@testable import Replica

/// The stages of transactions' ways, as the node's loop tells of them.
@Suite struct TransactionTimesTests {
    private let metrics = PrometheusFactory()
    private let times: TransactionTimes
    private let start: TestCommunity
    private let block: CommittedBlock

    init() throws {
        times = TransactionTimes(metrics)
        var community = try TestCommunity(validators: 1)
        start = community
        block = try community.block([
            (community.seller, NativeContract.market, MarketCall.addOffer(energy: 1, price: 1)),
            (community.buyer, NativeContract.market, MarketCall.addOffer(energy: 2, price: 2)),
        ])
    }

    private var transactions: [VerifiedTransaction] { block.final.block.transactions }
    private var hashes: [Hash32] { transactions.map(\.hash) }

    private func at(_ microseconds: UInt64) -> SteadyTime {
        SteadyTime(nanoseconds: 1_000_000_000 + microseconds * 1_000)
    }

    private func arrival(
        _ source: TransactionTrace.Source, _ came: UInt64, _ verified: UInt64
    ) -> Arrival {
        Arrival(source: source, came: at(came), verified: at(verified))
    }

    /// The replica wanted `effects` at that moment.
    private func handled(
        _ event: Event, _ arrival: Arrival?, _ effects: [Effect], pool: Mempool = Mempool(),
        at microseconds: UInt64
    ) {
        times.handled(event, arrival, effects, pool: pool, at: at(microseconds))
    }

    private func handled(_ effects: [Effect], at microseconds: UInt64) {
        handled(.timer(.gossip), nil, effects, at: microseconds)
    }

    /// A client hands the first transaction in, and the pool has it 100 µs after.
    private func submit() {
        let request = RequestID(7)
        times.submitting(request, arrival(.client, 0, 40))
        handled(
            .submitted(transactions[0], request), nil, [.answer(request, .success(hashes[0]))],
            at: 100)
    }

    private func finish(from microseconds: UInt64) {
        times.final(block.final, at: at(microseconds))
        times.stored(at: at(microseconds + 500))
        times.told(at: at(microseconds + 600))
    }

    private func prepare(_ block: Hash32) throws -> Effect {
        let signature = start.seller.sign(.zero)
        return .persist(
            .vote(.prepare(Prepare(height: 1, round: 0, digest: block, signature: signature))))
    }

    private func commit(_ block: Hash32) -> Effect {
        .persist(
            .vote(
                .commit(
                    Commit(height: 1, round: 0, digest: block, seal: start.seller.sign(.zero)))))
    }

    private func trace(_ hash: Hash32) -> TransactionTrace? {
        times.trace(of: hash, microseconds: 9_000_000, now: at(5_000))
    }

    /// How long after the first stage each was reached, in microseconds.
    private func way(_ hash: Hash32) -> [TransactionTrace.Stage: Int] {
        let stages = trace(hash)?.stages ?? []
        return Dictionary(
            uniqueKeysWithValues: stages.map { ($0.stage, Int($0.microseconds) - 8_995_000) })
    }

    private func counts(_ line: String) -> Bool {
        metrics.text(with: []).split(separator: "\n").contains { $0 == line }
    }

    private func count(_ stage: String) -> String {
        let start = "busbar_transaction_stage_seconds_count{stage=\"\(stage)\"} "
        return metrics.text(with: []).split(separator: "\n").first { $0.hasPrefix(start) }
            .map { String($0.dropFirst(start.count)) } ?? "none"
    }

    @Test func `a validator sees all of them, and by its clock`() throws {
        submit()
        handled([try prepare(block.final.block.hash)], at: 300)
        // Said again in a later round: the first time counts.
        handled([try prepare(block.final.block.hash)], at: 350)
        handled([commit(block.final.block.hash)], at: 700)
        handled([commit(block.final.block.hash)], at: 800)
        finish(from: 1_000)
        #expect(
            way(hashes[0]) == [
                .accepted: 0, .verified: 40, .pooled: 100, .proposed: 300, .prepared: 700,
                .final: 1_000, .stored: 1_500, .told: 1_600,
            ])
        #expect(trace(hashes[0])?.source == .client)
        #expect(trace(hashes[0])?.block == TransactionTrace.Place(number: 1, round: 0))
        #expect(trace(hashes[0])?.stages.map(\.stage) == TransactionTrace.Stage.allCases)
        // The other one was in the proposal, and had not been heard of.
        #expect(trace(hashes[1])?.source == nil)
        #expect(
            trace(hashes[1])?.stages.map(\.stage) == [
                .proposed, .prepared, .final, .stored, .told,
            ])
    }

    @Test func `its own proposal and a prepared block count as votes for them do`() throws {
        let proposal = Proposal(
            round: 0, block: block.final.block, signature: start.seller.sign(.zero))
        handled([.persist(.vote(.proposal(proposal)))], at: 200)
        handled(
            [.persist(.prepared(PreparedBlock(round: 0, block: block.final.block, prepares: [])))],
            at: 250)
        finish(from: 300)
        #expect(way(hashes[0])[.proposed] == 200)
        #expect(way(hashes[0])[.prepared] == 250)
    }

    @Test func `each stage is counted from the one before, of a block once for each of its own`()
        throws
    {
        submit()
        handled([try prepare(block.final.block.hash)], at: 300)
        handled([commit(block.final.block.hash)], at: 700)
        finish(from: 1_000)
        // Neither is told of twice.
        times.told(at: at(9_000))
        times.stored(at: at(9_000))
        for stage in ["verified", "pooled", "proposed"] { #expect(count(stage) == "1", "\(stage)") }
        for stage in ["prepared", "final", "stored", "told"] {
            #expect(count(stage) == "2", "\(stage)")
        }
        #expect(count("accepted") == "none")
        let name = "busbar_transaction_stage_seconds_bucket"
        #expect(counts("\(name){stage=\"verified\",le=\"2.5e-05\"} 0"))
        #expect(counts("\(name){stage=\"verified\",le=\"5e-05\"} 1"))
        #expect(counts("\(name){stage=\"prepared\",le=\"0.00025\"} 0"))
        #expect(counts("\(name){stage=\"prepared\",le=\"0.0005\"} 2"))
        #expect(counts("busbar_transaction_way_seconds_count{source=\"client\"} 1"))
        #expect(counts("busbar_transaction_way_seconds_sum{source=\"client\"} 0.0016"))
        #expect(counts("busbar_transaction_way_seconds_count{source=\"peer\"} 0"))
    }

    @Test func `who takes no part in agreement sees a block when it is final`() {
        submit()
        finish(from: 2_100)
        #expect(
            trace(hashes[0])?.stages.map(\.stage) == [
                .accepted, .verified, .pooled, .final, .stored, .told,
            ])
        #expect(count("final") == "1")
        #expect(count("proposed") == "0")
        #expect(counts("busbar_transaction_stage_seconds_sum{stage=\"final\"} 0.002"))
    }

    @Test func `what the pool refuses is not remembered`() {
        let request = RequestID(7)
        times.submitting(request, arrival(.client, 0, 40))
        handled([.answer(request, .failure(.poolFull))], at: 100)
        #expect(trace(hashes[0]) == nil)
        // The request is answered: it says nothing more.
        handled([.answer(request, .success(hashes[0]))], at: 200)
        #expect(trace(hashes[0]) == nil)
        handled(
            .received(.transactions(transactions), from: .zero), arrival(.peer, 0, 40), [], at: 300)
        #expect(trace(hashes[0]) == nil)
        #expect(count("pooled") == "0")
    }

    @Test func `what a peer sends begins once the pool has it, or a block at once`() throws {
        var pool = Mempool()
        _ = try pool.admit(
            transactions[0], isOwn: false, state: start.state, at: TestCommunity.start)
        let event = Event.received(
            .transactionsAnswer(number: 1, transactions: transactions), from: .zero)
        handled(event, arrival(.peer, 10, 50), [], pool: pool, at: 60)
        #expect(way(hashes[0]) == [.accepted: 10, .verified: 50, .pooled: 60])
        #expect(trace(hashes[0])?.source == .peer)
        #expect(trace(hashes[1]) == nil)
        handled(event, arrival(.peer, 70, 80), [.commit(block)], pool: pool, at: 90)
        #expect(way(hashes[0])[.accepted] == 10)
        #expect(way(hashes[1]) == [.accepted: 70, .verified: 80, .pooled: 90])
    }

    @Test func `a proposal that brings what the pool lacked counts no time before it`() throws {
        handled([try prepare(block.final.block.hash)], at: 50)
        submit()
        finish(from: 1_000)
        #expect(count("proposed") == "0")
        #expect(count("final") == "2")
        #expect(way(hashes[0])[.pooled] == 100)
        #expect(way(hashes[0])[.proposed] == 50)
    }

    @Test func `another block's proposal is not this one's`() throws {
        handled([try prepare(SHA256.hash([1])), commit(SHA256.hash([1]))], at: 50)
        finish(from: 1_000)
        #expect(trace(hashes[0])?.stages.map(\.stage) == [.final, .stored, .told])
    }

    @Test func `however many proposals a height has, few are kept`() throws {
        handled([try prepare(block.final.block.hash)], at: 50)
        for number in 0..<16 as Range<UInt8> {
            handled([try prepare(SHA256.hash([number]))], at: 60)
        }
        finish(from: 1_000)
        #expect(trace(hashes[0])?.stages.first?.stage == .final)
    }
}
