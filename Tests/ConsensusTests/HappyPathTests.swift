import Protocol
import Testing

@testable import Consensus

@Suite struct `Agreement among validators` {
    @Test(arguments: [1, 2, 3, 4, 6, 7, 10])
    func `a transaction becomes final everywhere in round 0`(_ count: Int) throws {
        let cluster = try Cluster(count)
        try cluster.submit(1)
        #expect(cluster.run(for: 100) { $0.allHave([1]) })
        #expect(cluster.nodes.allSatisfy { $0.chain.blocks.last?.certificate.round == 0 })
        #expect(cluster.violations.isEmpty)
        #expect(cluster.evidence.isEmpty)
    }

    @Test(arguments: [4, 6, 7])
    func `blocks follow each other in turn`(_ count: Int) throws {
        let cluster = try Cluster(count)
        for number in 1...20 {
            try cluster.submit(UInt64(number))
            #expect(cluster.run(for: 400) { $0.allHave([UInt64(number)]) })
        }
        let proposers = cluster.nodes[0].chain.blocks.dropFirst().map(\.block.header.proposer)
        let signers = cluster.nodes.map(\.signer.address)
        #expect(proposers == (0..<20).map { signers[$0 % count] })
        #expect(cluster.violations.isEmpty)
    }

    @Test func `blocks keep the minimum interval`() throws {
        let cluster = try Cluster(4)
        for number in 1...10 { try cluster.submit(UInt64(number)) }
        try #require(cluster.run(for: 1_000) { $0.allHave(1...10) })
        for number in 11...15 {
            try cluster.submit(UInt64(number))
            cluster.run(for: 20)
        }
        try #require(cluster.run(for: 1_000) { $0.allHave(11...15) })
        let times = cluster.nodes[0].chain.blocks.map(\.block.header.timestamp.milliseconds)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= 100 })
    }

    @Test(arguments: [4, 6, 7])
    func `as many dead validators as are tolerated do not stop the others`(_ count: Int) throws {
        let cluster = try Cluster(count)
        let faults = (count - 1) / 3
        for index in 0..<faults { cluster.crash(index) }
        try cluster.submit(1)
        #expect(cluster.run(for: 8_000) { $0.allHave([1], at: Array(faults..<count)) })
        #expect(cluster.violations.isEmpty)
    }

    @Test(arguments: [4, 6, 7])
    func `without a quorum nothing becomes final, and with it again all goes on`(
        _ count: Int
    ) throws {
        let cluster = try Cluster(count)
        let dead = Array(0...(count - ValidatorSet(cluster.nodes.map(\.signer.address)).quorum))
        for index in dead { cluster.crash(index) }
        try cluster.submit(1)
        cluster.run(for: 60_000)
        #expect(cluster.nodes.allSatisfy { $0.chain.height == 0 })
        for index in dead { cluster.start(index) }
        #expect(cluster.run(for: 90_000) { $0.allHave([1]) })
        #expect(cluster.violations.isEmpty)
    }

    @Test func `a transaction that one validator alone holds becomes final`() throws {
        let cluster = try Cluster(4)
        cluster.travel = { message, _, _ in
            if case .transactions = message { nil } else { 5 }
        }
        try cluster.submit(1, to: [2])
        #expect(cluster.run(for: 20_000) { $0.allHave([1]) })
        #expect(cluster.violations.isEmpty)
    }
}
