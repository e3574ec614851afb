import API
import Protocol
import Storage
import TestKit
import Testing

@testable import App

/// The ways into the app, tried by strangers.
struct SessionsTests {
    private static let start = Timestamp(milliseconds: 1_780_000_000_000)
    private static let password = "korrekt pferd"

    private static func withSessions(_ body: (Sessions) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let store = try AppStore(path: directory + "/app.sqlite")
            try await body(Sessions(store: store, token: [1, 2, 3]))
        }
    }

    /// What `client` is told that pairs with `code`: a status and a code, nothing if it is let in.
    private static func pair(
        _ sessions: Sessions, _ code: String, _ password: String? = nil, from client: String,
        at now: Timestamp = start
    ) async throws -> Problem? {
        do {
            _ = try await sessions.pair(
                code: code, newPassword: password, label: nil, from: client, at: now)
            return nil
        } catch let problem as Problem {
            return problem
        }
    }

    @Test func `strangers end no code that waits, and wait longer each time`() async throws {
        try await Self.withSessions { sessions in
            let code = await sessions.invite(isOwner: true, label: "phone", at: Self.start).code
            for stranger in (0..<40).map({ "10.0.0.\($0)" }) {
                for left in [4, 3, 2, 1] {
                    let problem = try await Self.pair(sessions, "00000000", from: stranger)
                    #expect(problem?.code == "wrong-code")
                    #expect(problem?.values == [JSON.Member("triesLeft", .number(left))])
                }
                for _ in 0..<2 {
                    let problem = try await Self.pair(sessions, "00000000", from: stranger)
                    #expect(problem?.code == "paused" && problem?.retryAfter == 16)
                }
                // Not even the right one is looked at.
                let right = try await Self.pair(sessions, code, from: stranger)
                #expect(right?.code == "paused")
            }
            #expect(try await Self.pair(sessions, code, Self.password, from: "10.0.1.1") == nil)
            let used = try await Self.pair(sessions, code, from: "10.0.1.1")
            #expect(used?.code == "code-expired" && used?.status == 410)
        }
    }

    @Test func `a code is good for its time`() async throws {
        try await Self.withSessions { sessions in
            let (code, end) = await sessions.invite(
                isOwner: true, label: "phone", isFirst: true, at: Self.start)
            #expect(end == Self.start.advanced(byMilliseconds: 600_000))
            let late = try await Self.pair(sessions, code, from: "a", at: end)
            #expect(late?.code == "code-expired")
            // It is forgotten for twenty others, and counts as a guess like any that is wrong.
            for _ in 0..<20 { _ = await sessions.invite(isOwner: true, label: "", at: end) }
            for _ in 0..<20 { _ = await sessions.invite(isOwner: true, label: "", at: end) }
            let forgotten = try await Self.pair(sessions, code, from: "a", at: end)
            #expect(forgotten?.code == "wrong-code")
            #expect(forgotten?.values == [JSON.Member("triesLeft", .number(3))])
        }
    }

    @Test func `a code goes on waiting where it cannot be used yet`() async throws {
        try await Self.withSessions { sessions in
            let viewer = await sessions.invite(isOwner: false, label: "tablet", at: Self.start).code
            let refused = try await Self.pair(sessions, viewer, Self.password, from: "a")
            #expect(refused?.code == "viewer")
            #expect(try await Self.pair(sessions, viewer, from: "a") == nil)
            // As many passwords as are looked at together are being looked at.
            let owner = await sessions.invite(isOwner: true, label: "phone", at: Self.start).code
            _ = try await sessions.change(Self.password, of: nil, keeping: nil, at: Self.start)
            try await withThrowingTaskGroup(of: Problem?.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        try await Self.pair(
                            sessions, owner, "another password", from: "10.0.0.\(number)")
                    }
                }
                var answers: [String?] = []
                for try await problem in group { answers.append(problem?.code) }
                #expect(answers.count { $0 == nil } == 1)
                #expect(answers.allSatisfy { [nil, "busy", "code-expired"].contains($0) })
            }
        }
    }

    @Test func `passwords that are tried at once count as those that are tried one by one`()
        async throws
    {
        try await Self.withSessions { sessions in
            try await sessions.change(Self.password, of: nil, keeping: nil, at: Self.start)
            let answers = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        do {
                            _ = try await sessions.signIn(
                                "wrong password", name: nil, "phone", isRemembered: false,
                                from: "10.0.0.1",
                                at: Self.start)
                            return "let in"
                        } catch let problem as Problem {
                            return problem.code
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            // Four hear that it is wrong, the fifth that it has to wait now; the others were not
            // looked at.
            #expect(answers.count { $0 == "wrong-password" } == 4)
            #expect(answers.allSatisfy { ["wrong-password", "paused", "busy"].contains($0) })
            await #expect {
                _ = try await sessions.signIn(
                    Self.password, name: nil, "phone", isRemembered: false, from: "10.0.0.1",
                    at: Self.start)
            } throws: { ($0 as? Problem)?.code == "paused" }
            // The owner, elsewhere, is let in.
            _ = try await sessions.signIn(
                Self.password, name: nil, "phone", isRemembered: false, from: "10.0.0.2",
                at: Self.start)
        }
    }

    @Test func `a session ends a day after its last use, or thirty where it is remembered`()
        async throws
    {
        try await Self.withSessions { sessions in
            try await sessions.change(Self.password, of: nil, keeping: nil, at: Self.start)
            let day: UInt64 = 86_400_000
            for (isRemembered, days) in [(false, 1), (true, 30)] as [(Bool, UInt64)] {
                let (token, device) = try await sessions.signIn(
                    Self.password, name: nil, "phone", isRemembered: isRemembered, from: "a",
                    at: Self.start)
                let end = Sessions.end(of: device)
                #expect(end == Self.start.advanced(byMilliseconds: days * day))
                let credentials = Credentials(cookie: token)
                #expect(try await sessions.visitor(credentials, at: end) != nil)
                let later = end.advanced(byMilliseconds: days * day + 60_000)
                #expect(try await sessions.visitor(credentials, at: later) == nil)
            }
        }
    }
}
