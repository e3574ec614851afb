import API
import Ledger
import Logging
import Protocol
import Testing

@testable import Node

/// What a node keeps between one call and the next.
@Suite struct `What a node remembers` {
    @Test func `of a signature holds for that signature over that text alone`() {
        let (one, two) = (PrivateKey.random(), PrivateKey.random())
        let scheme = CachingSignatureScheme(Secp256k1(), capacity: 4)
        let texts = (0..<20).map { SHA256.hash([$0]) }
        // Twice over, so that each is asked for while it is kept and after it was dropped.
        for digest in texts + texts.reversed() {
            let (first, second) = (one.sign(digest), two.sign(digest))
            for _ in 0..<2 {
                #expect(scheme.signer(of: first, over: digest) == one.address)
                #expect(scheme.signer(of: second, over: digest) == two.address)
            }
            let other = scheme.signer(of: first, over: SHA256.hash(digest.bytes))
            #expect(other != one.address)
        }
    }

    @Test func `of events has an end for those that can be turned away, and none for others`()
        async throws
    {
        let queue = EventQueue(capacity: 3)
        for _ in 0..<3 { #expect(queue.offer(.role(.tick))) }
        #expect(!queue.offer(.role(.tick)))
        queue.put(.role(.tick))
        #expect(!queue.offer(.role(.tick)))
        #expect(await queue.next()?.count == 4)
        #expect(queue.offer(.role(.tick)))
        queue.finish()
        #expect(!queue.offer(.role(.tick)))
        #expect(await queue.next() == nil)
    }

    @Test func `of the last block tells how many validators did not seal it`() throws {
        let start = Timestamp(milliseconds: 1_700_000_000_000)
        let validators = (1...4).map { Address(reserved: 0xa000 + $0) }
        let genesis = Genesis(
            chainID: 99, name: "Seals", timestamp: start,
            marketClock: MarketClock(
                origin: MarketTime(seconds: 1_000), ledgerOrigin: start, rate: 1),
            members: validators.map { account in
                Member(
                    account: account, role: .validator, meterKey: .zero, ratedPower: Watts(0),
                    certificateHash: .zero)
            })
        let (block, state) = try GenesisBlock.make(genesis, scheme: Secp256k1())
        let none = Certificate(round: 0, seals: [])
        let monitor = NodeMonitor(
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            head: FinalBlock(block: block, certificate: none), domain: state.domain,
            scheme: Secp256k1())
        let execution = state.build(on: block, at: start, proposer: validators[0], candidates: [])
        let seal = PrivateKey.random().sign(block.hash)
        for (seals, missing) in [(3, 1), (4, 0), (2, 2)] {
            monitor.committed(
                CommittedBlock(
                    execution,
                    certificate: Certificate(
                        round: 2, seals: Array(repeating: seal, count: seals)),
                    decidedBy: state.validators()),
                by: 4, storedIn: .zero, at: start)
            #expect(monitor.current.missingValidators == missing)
            #expect(monitor.current.round == 2)
        }
    }
}
