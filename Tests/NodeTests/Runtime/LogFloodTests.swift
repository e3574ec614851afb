import Foundation
import Ledger
import Logging
import Protocol
import Replica
import TestKit
import Testing
import Transport

@testable import Market
@testable import Node

/// What others can have a node write.
@Suite struct `Ten thousand lines that one member causes` {
    private let member = Address(reserved: 0xbad)

    /// How many bytes of log `body` leads to, the rest that is told at the end with them.
    private func written(_ body: (LimitedLog) throws -> Void) throws -> Int {
        try withTemporaryDirectory { directory in
            let path = directory + "/log"
            try Data().write(to: URL(fileURLWithPath: path))
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            let stream = LogStream(descriptor: file.fileDescriptor)
            let log = LimitedLog(
                Logger(label: "h1") { StreamLogHandler(label: $0, stream: stream) })
            try body(log)
            log.close()
            try file.close()
            return try Data(contentsOf: URL(fileURLWithPath: path)).count
        }
    }

    /// Each as long as a meter may make it.
    @Test func `take little room as a role's`() throws {
        let reason = UntrustedText(String(repeating: "no ", count: 80))
        let bytes = try written { log in
            for number in 0..<10_000 {
                log.write(
                    RoleLogLine(
                        level: .info, text: "trade \(number): \(member) refuses: \(reason)",
                        metadata: [:], cause: LineCause("delivery refused", by: member)))
            }
        }
        #expect(bytes > 2_000)
        #expect(bytes < 6_000)
    }

    @Test func `take little room as the replica's`() throws {
        let (block, state) = try GenesisBlock.make(
            .fixture(chainID: 99, at: TestCommunity.start, [.fixture(member, .validator)]))
        let bytes = try written { log in
            let monitor = NodeMonitor(
                log: log,
                head: FinalBlock(block: block, certificate: Certificate(round: 0, seals: [])),
                domain: state.domain, scheme: Secp256k1())
            for number in 0..<10_000 {
                monitor.report(.misbehaviour(member, reason: "its block \(number) is none"))
            }
            #expect(monitor.current.misbehaviours == 10_000)
        }
        #expect(bytes > 1_000)
        #expect(bytes < 4_000)
    }

    @Test func `are all written where nobody else decides how many there are`() throws {
        let bytes = try written { log in
            for _ in 0..<1_000 {
                log.write(RoleLogLine(level: .info, text: "own", metadata: [:], cause: nil))
            }
        }
        #expect(bytes > 10_000)
    }
}
