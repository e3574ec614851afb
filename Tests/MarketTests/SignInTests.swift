import Ledger
import Protocol
import Simulation
import TestKit
import Testing

@testable import Market

/// A household whose owner signs in proves itself to its aggregator by a challenge that it signs.
@Suite struct `A household's sign-in` {
    private let aggregator = TestCommunity.aggregator
    private let household = TestCommunity.household(0)

    private func community() throws -> TestCommunity {
        var community = try TestCommunity(
            sources: [.manual(-4_000), .manual(4_000)], prosumers: [0])
        community.run(seconds: 3)
        return community
    }

    /// Who is signed in by the aggregator's records, since `start` effects were made.
    private func signedIn(_ community: TestCommunity, since start: Int = 0) -> [Address] {
        community.effects[start...].compactMap { made in
            guard case .store(.aggregator(.signedIn(let account, _))) = made.effect else {
                return nil
            }
            return account
        }
    }

    /// The challenge among letters.
    private func challenge(in letters: [TestCommunity.Letter]) -> Hash32? {
        letters.lazy.compactMap { letter in
            if case .signInChallenge(let value) = letter.message { value } else { nil }
        }.first
    }

    /// What the household numbered so answers to `challenge` at `time`, signed by `key`.
    private func answer(
        _ challenge: Hash32, by key: SimulatedKey, as account: Address, to other: Address,
        at time: Timestamp, in community: TestCommunity
    ) -> MeterMessage {
        let digest = SignInAnswer.digest(
            of: challenge, at: time, by: account, to: other, in: community.ledger.state.domain)
        return .signInAnswer(
            SignInAnswer(challenge: challenge, time: time, signature: key.sign(digest)))
    }

    @Test func `is proved within a second, once`() throws {
        var community = try community()
        community.tell(household, .ownerSignedIn)
        community.settle()
        #expect(signedIn(community) == [community.account(0)])
        community.run(seconds: 60)
        #expect(signedIn(community).count == 1)
    }

    @Test func `is tried again where nobody answers, and given up`() throws {
        var community = try community()
        community.cutOff(community.broker)
        community.tell(household, .ownerSignedIn)
        community.run(seconds: 25)
        #expect(signedIn(community).isEmpty)
        community.reconnect(community.broker)
        community.run(seconds: 15)
        #expect(signedIn(community) == [community.account(0)])
        community.cutOff(community.broker)
        community.tell(household, .ownerSignedIn)
        community.run(seconds: 130)
        community.reconnect(community.broker)
        community.run(seconds: 30)
        #expect(signedIn(community).count == 1)
    }

    @Test func `is no proof by another key, for another aggregator, a second time or too late`()
        throws
    {
        var community = try community()
        let (account, broker) = (community.account(0), community.broker)
        let key = community.roles[household].key
        let other = community.roles[TestCommunity.household(1)].key
        /// What comes of an answer to a new challenge.
        func tried(
            _ make: (Hash32, TestCommunity) -> MeterMessage, after milliseconds: UInt64 = 0
        ) throws -> Int {
            community.advance(milliseconds: SignIns.answerTime)
            _ = community.takeLetters()
            community.tell(aggregator, .received(.signInWish, from: account))
            let value = try #require(challenge(in: community.takeLetters()))
            community.advance(milliseconds: milliseconds)
            let before = community.effects.count
            let message = make(value, community)
            community.tell(aggregator, .received(message, from: account))
            community.tell(aggregator, .received(message, from: account))
            return signedIn(community, since: before).count
        }
        func now(_ community: TestCommunity) -> Timestamp { community.ledger.now }
        let right = try tried {
            answer($0, by: key, as: account, to: broker, at: now($1), in: $1)
        }
        #expect(right == 1)
        let foreignKey = try tried {
            answer($0, by: other, as: account, to: broker, at: now($1), in: $1)
        }
        let foreignPlace = try tried {
            answer(
                $0, by: key, as: account, to: TestCommunity.otherAggregator, at: now($1), in: $1)
        }
        let foreignChallenge = try tried {
            answer(
                SHA256.hash($0.bytes), by: key, as: account, to: broker, at: now($1), in: $1)
        }
        let late = try tried(
            { answer($0, by: key, as: account, to: broker, at: now($1), in: $1) },
            after: SignIns.answerTime)
        let otherClock = try tried {
            let time = now($1).advanced(byMilliseconds: SignIns.clockTolerance + 1)
            return answer($0, by: key, as: account, to: broker, at: time, in: $1)
        }
        #expect([foreignKey, foreignPlace, foreignChallenge, late, otherClock] == [0, 0, 0, 0, 0])
    }

    @Test func `is not begun by others, nor faster than every five seconds`() throws {
        var community = try community()
        func challenges(_ sender: Address) -> Int {
            _ = community.takeLetters()
            community.tell(aggregator, .received(.signInWish, from: sender))
            return challenge(in: community.takeLetters()) == nil ? 0 : 1
        }
        #expect(challenges(TestCommunity.otherAggregator) == 0)
        #expect(challenges(Address(reserved: 77)) == 0)
        #expect(challenges(community.account(0)) == 1)
        #expect(challenges(community.account(0)) == 0)
        #expect(challenges(community.account(1)) == 1)
        community.advance(milliseconds: SignIns.pause)
        #expect(challenges(community.account(0)) == 1)
    }

    @Test func `is signed by no household that has not asked`() throws {
        var community = try community()
        let answers = community.answers(of: household, to: .signInChallenge(SHA256.hash([1])))
        #expect(answers.isEmpty)
        // Nor for another than its aggregator.
        community.tell(household, .ownerSignedIn)
        let others = community.answers(
            of: household, to: .signInChallenge(SHA256.hash([1])),
            from: TestCommunity.otherAggregator)
        #expect(others.isEmpty)
    }
}
