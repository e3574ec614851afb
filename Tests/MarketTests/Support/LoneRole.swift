import Ledger
import Protocol

@testable import Market

/// A role alone with its clock: the pool answers its calls as the test says, and no block comes but
/// those that the test tells of.
struct LoneRole {
    private var role: any Role
    private(set) var now: Timestamp
    private(set) var submissions: [(at: Timestamp, transaction: VerifiedTransaction)] = []
    private(set) var records: [RoleRecord] = []
    private let answer: PoolAnswer

    init(_ role: any Role, at now: Timestamp, answering answer: PoolAnswer = .accepted) {
        self.role = role
        self.now = now
        self.answer = answer
    }

    /// The role at `index` of a community whose process has ended: from here on it is alone.
    init(
        _ index: Int, of community: inout TestCommunity, answering answer: PoolAnswer = .accepted
    ) {
        community.stop(index)
        self.init(
            community.roles[index].role, at: community.ledger.now, answering: answer)
    }

    mutating func hear(_ event: RoleEvent) {
        var news = [event]
        while !news.isEmpty {
            for effect in role.handle(news.removeFirst(), at: now) {
                switch effect {
                case .submit(let transaction):
                    submissions.append((now, transaction))
                    news.append(.answered(transaction.hash, answer))
                case .store(let record): records.append(record)
                case .send, .tell, .reply, .granted, .log: break
                }
            }
        }
    }

    mutating func wait(seconds: Int) {
        for _ in 0..<seconds {
            now = now.advanced(byMilliseconds: 1_000)
            hear(.tick)
        }
    }

    /// How many calls it has made, however often it handed each in.
    var callCount: Int { Set(submissions.map(\.transaction.hash)).count }

    /// How many seconds passed between one submission and the next.
    var gaps: [UInt64] {
        zip(submissions.dropFirst(), submissions).map { later, earlier in
            later.at.millisecondsSince(earlier.at) / 1_000
        }
    }
}
