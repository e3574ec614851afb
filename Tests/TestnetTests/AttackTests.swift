import Protocol
import Testing

@testable import Testnet

/// What is made of an attack's figures: each thing that must hold is missed where it does not.
@Suite struct `An attack's verdict` {
    private static let limits = AttackLimits()

    /// Ten seconds before an attack, ten of it, in which all is well.
    private static func calm(_ change: (Measurement) -> Void = { _ in }) -> Measurement {
        let measurement = Measurement()
        for second in 0..<20 {
            for probe in Measurement.Probe.allCases {
                measurement.note(probe, due: Double(second) + 0.5, seconds: 0.004)
            }
            let look = Measurement.Look(
                time: Double(second), resident: 50 << 20, descriptors: 30, logBytes: 1_000)
            measurement.note(look, of: "v1")
        }
        change(measurement)
        return measurement
    }

    private static func broken(
        recovery: Double? = 0, _ change: (Measurement) -> Void = { _ in }
    ) -> [String] {
        let state = calm(change).current
        let before = PhaseFigures(state, from: 0, to: 10)
        let during = PhaseFigures(state, from: 10, to: 20)
        return limits.verdicts(state, before, during, recovery: recovery)
            .filter { !$0.isMet }.map(\.name)
    }

    @Test func `holds where nothing has changed`() {
        #expect(Self.broken() == [])
    }

    @Test func `misses a transaction that is final late`() {
        #expect(Self.broken { $0.note(.final, due: 15, seconds: 2.1) } == ["final, p99"])
        // Before the attack it says nothing of it.
        #expect(Self.broken { $0.note(.final, due: 5, seconds: 2.1) } == [])
    }

    @Test(arguments: Measurement.Probe.ports)
    func `misses a port whose median is slow`(_ port: Measurement.Probe) {
        let broken = Self.broken { measurement in
            for _ in 0..<11 { measurement.note(port, due: 15, seconds: 0.051) }
        }
        #expect(broken == ["status, median"])
    }

    @Test(arguments: Measurement.Probe.allCases.filter { $0 != .final })
    func `misses one who is not served`(_ probe: Measurement.Probe) {
        #expect(Self.broken { $0.note(probe, due: 15, seconds: nil) } == ["others served"])
    }

    @Test func `misses memory, a log and a process`() {
        func look(_ resident: UInt64, _ bytes: Int) -> Measurement.Look {
            Measurement.Look(time: 15, resident: resident, descriptors: 30, logBytes: bytes)
        }
        #expect(Self.broken { $0.note(look(101 << 20, 0), of: "v1") } == ["memory"])
        #expect(Self.broken { $0.note(look(1, 200_000), of: "v1") } == ["log"])
        #expect(Self.broken { $0.note(ended: "v2") } == ["processes"])
        #expect(Self.broken { $0.note(forgery: "v1: x") } == ["logs"])
        #expect(Self.broken(recovery: nil) == ["as before"])
    }

    @Test func `misses trades that are not settled, and bytes that are sent on`() {
        func count(_ rate: Double, from begin: Int, at start: UInt64) -> [Measurement.Count] {
            (0..<10).map { second in
                Measurement.Count(
                    time: Double(begin + second) + 0.5,
                    count: start + UInt64(Double(second) * rate))
            }
        }
        func broken(trades: Double, bytes: Double, judgesTrades: Bool = true) -> [String] {
            var state = Self.calm().current
            state.trades = count(10, from: 0, at: 0) + count(trades, from: 10, at: 1_000)
            state.sent["v1"] =
                count(1_000, from: 0, at: 0) + count(bytes, from: 10, at: 1_000_000)
            return Self.limits.verdicts(
                state, PhaseFigures(state, from: 0, to: 10), PhaseFigures(state, from: 10, to: 20),
                recovery: 0, judgesTrades: judgesTrades
            ).filter { !$0.isMet }.map(\.name)
        }
        #expect(broken(trades: 8, bytes: 1_000) == [])
        #expect(broken(trades: 7, bytes: 1_000) == ["trades settled a minute"])
        #expect(broken(trades: 7, bytes: 1_000, judgesTrades: false) == [])
        #expect(broken(trades: 10, bytes: 2_100_000) == ["sent by all nodes"])
    }

    @Test func `tells what is as before`() {
        func isLike(_ change: (Measurement) -> Void) -> Bool {
            let state = Self.calm(change).current
            return PhaseFigures(state, from: 10, to: 20)
                .isLike(PhaseFigures(state, from: 0, to: 10), Self.limits)
        }
        #expect(isLike { _ in })
        #expect(!isLike { $0.note(.final, due: 15, seconds: 0.6) })
        #expect(!isLike { $0.note(.handshake, due: 15, seconds: nil) })
        #expect(
            !isLike { measurement in
                for _ in 0..<11 { measurement.note(.http, due: 15, seconds: 0.011) }
            })
        let held = Measurement.Look(time: 19.5, resident: 1, descriptors: 51, logBytes: 0)
        #expect(!isLike { $0.note(held, of: "v1") })
    }
}

@Suite struct `An attacker` {
    @Test func `is chosen by its number, or by a word of its title`() {
        func numbers(_ words: String...) -> [String] {
            AttackCatalog.attacks(named: words).map(\.number)
        }
        #expect(numbers("p3a") == ["p3a"])
        #expect(numbers("p3") == ["p3a", "p3b", "p3c", "p3d"])
        #expect(numbers("r") == ["r16", "r17", "r18", "r19"])
        #expect(numbers("Listeners", "p1") == ["p1", "p7"])
        #expect(numbers("no such words") == [])
        #expect(numbers() == AttackCatalog.all.map(\.number))
        #expect(Set(numbers()).count == AttackCatalog.all.count)
    }

    @Test func `shares a testnet with the others of its group, or has one of its own`() {
        let grounds = AttackCatalog.grounds(of: AttackCatalog.all)
        #expect(grounds.flatMap { $0 }.count == AttackCatalog.all.count)
        for group in grounds where group.count > 1 {
            #expect(Set(group.map(\.ground)).count == 1)
            #expect(group.allSatisfy { $0.ground == .shared(String($0.number.prefix(1))) })
        }
        let together = AttacksTogether.groups(
            of: AttackCatalog.all.filter { $0 is any MemberAttack })
        #expect(together.last?.number == "m13")
        #expect(together.last?.leavesTraders == false)
        #expect(together.dropLast().allSatisfy { $0.leavesTraders })
    }

    @Test func `writes frames and fields as HTTP2 has them`() {
        #expect(
            HTTP2Frame.encode(HTTP2Frame.headers, [0x82], flags: 5, stream: 3)
                == [0, 0, 1, 1, 5, 0, 0, 0, 3, 0x82])
        #expect(HTTP2Frame.encode(HTTP2Frame.data, [1], length: 16_384).prefix(3) == [0, 0x40, 0])
        #expect(HTTP2Frame.fields([("a", "bc")]) == [0, 1, 0x61, 2, 0x62, 0x63])
        // RFC 7541, section 5.1: 1337 is 31 + 1306, here 127 + 1210.
        let long = HTTP2Frame.fields([("a", String(repeating: "b", count: 1_337))])
        #expect(long.prefix(6) == [0, 1, 0x61, 127, 0xba, 0x09])
    }

    @Test func `knows a node's own lines from forged ones`() {
        let own = ["2026-11-27T21:03:54+0000 info v1: all is well", "2026 critical x: \\u{1b}"]
        let forged = [
            "all is lost", "info v1: x", "2026 loud v1: x", "2026 info v1: \u{1b}[2J", "",
        ]
        #expect(own.allSatisfy { LogInspection.isOwn($0[...]) })
        #expect(!forged.contains { LogInspection.isOwn($0[...]) })
    }

    @Test func `reads an answer only once all of it is there`() {
        var text = HTTP1Text()
        text.bytes = Array("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r".utf8)
        #expect(text.head == nil)
        text.bytes += Array("\nab".utf8)
        #expect(text.head != nil && text.body == nil)
        text.bytes += Array("cd".utf8)
        #expect(text.body == Array("abc".utf8))
    }
}
