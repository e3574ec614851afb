import Protocol
import Testing

@testable import App

/// Who guesses is held up, and nobody else.
struct GuessGuardTests {
    private static let start = Timestamp(milliseconds: 1_780_000_000_000)

    private static func later(_ seconds: UInt64) -> Timestamp {
        start.advanced(byMilliseconds: seconds * 1_000)
    }

    /// Tries once and is wrong; until when it has to wait, if it has to.
    private static func wrong(
        _ guesses: inout GuessGuard, _ client: String, at now: Timestamp
    ) -> Timestamp? {
        switch guesses.begin(by: client, at: now) {
        case .paused(let end): return end
        case .crowded: return nil
        case .letIn(let attempt): return guesses.ended(attempt, isRight: false, at: now).pausedUntil
        }
    }

    @Test func `tries count before anyone knows what they are`() throws {
        var guesses = GuessGuard.ofPassword
        var attempts: [GuessGuard.Try] = []
        for _ in 0..<20 {
            if case .letIn(let attempt) = guesses.begin(by: "a", at: Self.start) {
                attempts.append(attempt)
            }
        }
        #expect(attempts.count == 5)
        guard case .letIn = guesses.begin(by: "b", at: Self.start) else {
            Issue.record("another address may try")
            return
        }
        let ends = attempts.map { guesses.ended($0, isRight: false, at: Self.start).pausedUntil }
        #expect(ends == [nil, nil, nil, nil, Self.later(60)])
    }

    @Test func `a right one takes back what was counted, and one that nobody looked at`() throws {
        var guesses = GuessGuard.ofPassword
        for isRight in [true, nil] as [Bool?] {
            for _ in 0..<20 {
                guard case .letIn(let attempt) = guesses.begin(by: "a", at: Self.start) else {
                    Issue.record("it is let in")
                    return
                }
                #expect(guesses.ended(attempt, isRight: isRight, at: Self.start).left == 5)
            }
        }
    }

    @Test func `pauses grow, for passwords and for codes, and end when it is quiet`() {
        for (first, guards, pauses) in [
            (0, GuessGuard.ofPassword, [60, 120, 240, 480, 900, 900]),
            (1, GuessGuard.ofCodes, [15, 30, 60, 120, 120, 120]),
        ] as [(UInt64, GuessGuard, [UInt64])] {
            var (guesses, now) = (guards, first)
            for pause in pauses {
                for _ in 0..<4 {
                    #expect(Self.wrong(&guesses, "a", at: Self.later(now)) == nil)
                }
                let end = Self.wrong(&guesses, "a", at: Self.later(now))
                #expect(end == Self.later(now + pause))
                #expect(Self.wrong(&guesses, "a", at: Self.later(now)) == end)
                now += pause
            }
            now += 901
            for _ in 0..<4 { _ = Self.wrong(&guesses, "a", at: Self.later(now)) }
            #expect(Self.wrong(&guesses, "a", at: Self.later(now)) == Self.later(now + pauses[0]))
        }
    }

    @Test func `passwords have a limit for all together, and codes have none`() {
        var (passwords, codes) = (GuessGuard.ofPassword, GuessGuard.ofCodes)
        for number in 0..<50 {
            _ = Self.wrong(&passwords, "\(number)", at: Self.start)
            _ = Self.wrong(&codes, "\(number)", at: Self.start)
        }
        guard case .paused = passwords.begin(by: "new", at: Self.start),
            case .letIn = codes.begin(by: "new", at: Self.start)
        else {
            Issue.record("passwords are paused, codes are not")
            return
        }
    }

    @Test func `many addresses have twenty codes a second more, and this machine has its own`() {
        var guesses = GuessGuard.ofCodes
        for number in 0..<GuessGuard.capacity {
            _ = Self.wrong(&guesses, "\(number)", at: Self.start)
        }
        func tried(at now: Timestamp) -> Int {
            (0..<1_000).count { number in
                guard case .letIn(let attempt) = guesses.begin(by: "more \(number)", at: now) else {
                    return false
                }
                guesses.ended(attempt, isRight: false, at: now)
                return true
            }
        }
        #expect(tried(at: Self.start) == 20)
        #expect(tried(at: Self.start) == 0)
        #expect(tried(at: Self.later(2)) == 20)
        for own in ["127.0.0.1", "::1"] {
            guard case .letIn = guesses.begin(by: own, at: Self.later(2)) else {
                Issue.record("\(own) may try")
                continue
            }
        }
        // Once the first have been quiet, there is room again.
        #expect(tried(at: Self.later(2_000)) == 1_000)
    }
}
