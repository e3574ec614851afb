import Consensus
import Protocol
import Replica
import Testing

@testable import Simulation

@Suite struct `The simulated disk` {
    private let chain: FirstBlock
    private let records: [SafetyRecord]

    init() throws {
        chain = try FirstBlock()
        let (validator, domain) = (chain.validators[0], chain.community.domain)
        records = ([1, 2, 3] as [UInt64]).map { height in
            let digest = domain.prepareDigest(height: height, round: 0, block: .zero)
            return .vote(
                .prepare(
                    Prepare(
                        height: height, round: 0, digest: .zero, signature: validator.sign(digest))
                ))
        }
    }

    @Test func `gives back what was synced`() throws {
        var journal = VoteJournal()
        for record in records { journal.append(.record(record)) }
        journal.append(.votingRight(.established))
        let content = try journal.recover()
        #expect(content.records == records)
        #expect(content.votingRight == .established)
        #expect(content.torn == 0)
    }

    @Test func `cuts off an entry that is torn at whatever byte, and goes on after it`() throws {
        var whole = VoteJournal()
        whole.append(.record(records[0]))
        let before = whole.bytes.count
        var longer = whole
        longer.append(.record(records[1]))
        for count in 0..<(longer.bytes.count - before) {
            var journal = whole
            #expect(!journal.tear(.record(records[1])) { _ in count })
            let content = try journal.recover()
            #expect(content.records == [records[0]])
            #expect(content.torn == count)
            journal.append(.record(records[2]))
            #expect(try journal.recover().records == [records[0], records[2]])
        }
        var journal = whole
        #expect(journal.tear(.record(records[1])) { $0 }, "the last byte makes it whole")
        #expect(try journal.recover().records == Array(records[..<2]))
    }

    @Test func `lets go of records of final heights, never of the voting right`() throws {
        var journal = VoteJournal()
        journal.append(.votingRight(.recovering(until: 7)))
        for record in records { journal.append(.record(record)) }
        journal.append(.votingRight(.established))
        journal.forget(upTo: 2)
        let content = try journal.recover()
        #expect(content.records == [records[2]])
        #expect(content.votingRight == .established)
    }

    @Test func `the mark beside it tells that its end is gone, until more is written`() {
        let genesis = chain.community.chain
        var store = SimulatedStore(genesis: genesis)
        store.persist(.record(records[0]))
        let older = store
        store.persist(.record(records[1]))
        #expect(!store.hasForgotten)
        var (shorter, emptied, whole) = (store, store, older)
        shorter.truncate(to: older, genesis: genesis)
        #expect(shorter.hasForgotten)
        #expect(shorter.recover()?.chain.records == [records[0]])
        shorter.persist(.votingRight(.unknown))
        #expect(!shorter.hasForgotten, "what is written next moves the mark")
        emptied.truncate(to: nil, genesis: genesis)
        #expect(emptied.hasForgotten)
        #expect(emptied.recover()?.chain.records == [])
        // A write whose mark was not written is no loss; a copy has the mark of its time.
        #expect(whole.tear(.record(records[2])) { $0 })
        #expect(!whole.hasForgotten)
        #expect(!older.hasForgotten)
    }

    @Test func `a synced entry that is gone is noticed`() {
        var store = SimulatedStore(genesis: chain.community.chain)
        for record in records { store.persist(.record(record)) }
        var damaged = store
        #expect(store.recover()?.chain.records == records)
        damaged.journal.bytes[40] ^= 1
        #expect(damaged.recover() == nil)
    }
}
