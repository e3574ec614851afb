import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import Transport

/// Log lines that others cause.
@Suite struct `A limited log` {
    private let loop = EmbeddedEventLoop()
    private let lines = LogLines()
    private let log: LimitedLog

    init() {
        log = LimitedLog(lines.logger, eventLoop: loop)
    }

    @Test func `has ten lines a minute of what one causes, and tells how many more there were`() {
        for number in 0..<10_000 {
            log.write(.info, "refusal", by: "0xa", "0xa refuses \(number)")
        }
        #expect(lines.all == (0..<10).map { "info 0xa refuses \($0) " })
        loop.advanceTime(by: .seconds(60))
        #expect(lines.all.count == 11)
        #expect(
            lines.all.last
                == "info 9990 more lines of the kind 'refusal' were not written, 9990 of them by 0xa "
        )
        loop.advanceTime(by: .hours(1))
        #expect(lines.all.count == 11)
        log.write(.info, "refusal", by: "0xa", "0xa refuses again")
        #expect(lines.all.last == "info 0xa refuses again ")
    }

    @Test func `leaves to each its own lines, and to each kind`() {
        for _ in 0..<50 { log.write(.warning, "refusal", by: "0xa") }
        log.write(.warning, "refusal", by: "0xb", "of b")
        log.write(.warning, "reading", by: "0xa", "of another kind")
        #expect(lines.all.suffix(2) == ["warning of b ", "warning of another kind "])
        #expect(lines.all.count == 12)
    }

    @Test func `has a hundred lines a minute of a kind, however many cause them`() {
        for number in 0..<10_000 {
            log.write(.debug, "handshake failed", by: "10.0.\(number / 256).\(number % 256)")
        }
        #expect(lines.all.count == 100)
        log.write(.error, "request failed", by: "10.0.0.1")
        #expect(lines.all.count == 101)
        log.write(.error, "handshake failed", by: "10.9.9.9")
        loop.advanceTime(by: .seconds(60))
        // By the worst of what was not written.
        #expect(
            lines.all.last
                == "error 9901 more lines of the kind 'handshake failed' were not written ")
    }

    @Test func `does not count what the level leaves out`() {
        var quiet = lines.logger
        quiet.logLevel = .warning
        let log = LimitedLog(quiet, eventLoop: loop)
        for _ in 0..<100 { log.write(.debug, "turned away", by: "10.0.0.1") }
        loop.advanceTime(by: .seconds(60))
        #expect(lines.all.isEmpty)
    }

    @Test func `tells the rest when it ends`() {
        for _ in 0..<11 { log.write(.info, "refusal", by: "0xa") }
        log.close()
        #expect(lines.all.count == 11)
        #expect(lines.all.last?.contains("1 more lines of the kind 'refusal'") == true)
        log.write(.info, "refusal", by: "0xa", "late")
        #expect(lines.all.last == "info late ")
    }
}
