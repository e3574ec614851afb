import Protocol
import Testing

@testable import Consensus

/// What is kept and what is not, at the last value that is and the first that is not.
@Suite struct `What is kept of a message` {
    private let stage: Stage

    init() throws {
        stage = try Stage(of: 4, as: 3)
    }

    private func prepare(height: UInt64, round: UInt32, by author: Int) -> ConsensusMessage {
        let signed = stage.domain.prepareDigest(height: height, round: round, block: .zero)
        return .prepare(
            Prepare(
                height: height, round: round, digest: .zero,
                signature: stage.signers[author].sign(signed)))
    }

    private func commit(height: UInt64, round: UInt32, by author: Int) -> ConsensusMessage {
        let signed = stage.domain.commitDigest(height: height, round: round, block: .zero)
        return .commit(
            Commit(
                height: height, round: round, digest: .zero,
                seal: stage.signers[author].sign(signed)))
    }

    private func refusal(of message: ConsensusMessage, by stage: Stage) -> Rejection? {
        var stage = stage
        do throws(Rejection) {
            _ = try stage.receive(message)
            return nil
        } catch {
            return error
        }
    }

    @Test func `heights and rounds up to their limits, of either vote`() {
        let (heights, rounds) = (Limits.futureHeights, Limits.futureRounds)
        let cases: [(height: UInt64, round: UInt32, expected: Rejection?)] = [
            (0, 0, .stale), (1, 0, nil), (1, rounds, nil), (1, rounds + 1, .tooFarAhead),
            (2, rounds, nil), (2, rounds + 1, .tooFarAhead), (1 + heights, 0, nil),
            (2 + heights, 0, .tooFarAhead), (1 + heights, rounds + 1, .tooFarAhead),
        ]
        for (height, round, expected) in cases {
            for message in [
                prepare(height: height, round: round, by: 0),
                commit(height: height, round: round, by: 0),
            ] {
                #expect(refusal(of: message, by: stage) == expected, "\(message)")
            }
        }
    }

    @Test func `its own key is known again at any distance`() {
        let places: [(UInt64, UInt32)] = [
            (1, 0), (1, 99), (2, 0), (2, 99), (1 + Limits.futureHeights, 0), (1_000, 0),
            (.max, .max),
        ]
        for (height, round) in places {
            for message in [
                prepare(height: height, round: round, by: 3),
                commit(height: height, round: round, by: 3),
            ] {
                #expect(refusal(of: message, by: stage) == .keyUsedElsewhere, "\(message)")
            }
        }
    }

    @Test func `a wish for a round that is over, if it is its author's highest`() throws {
        var stage = stage
        _ = try stage.receive([
            .roundChange(stage.roundChange(to: 5, by: 0)),
            .roundChange(stage.roundChange(to: 5, by: 1)),
        ])
        #expect(stage.node.round == 5)
        func wish(_ round: UInt32) -> Rejection? {
            do throws(Rejection) {
                _ = try stage.receive(.roundChange(stage.roundChange(to: round, by: 2)))
                return nil
            } catch {
                return error
            }
        }
        #expect(wish(2) == nil)
        #expect(wish(2) == .duplicate)
        #expect(wish(1) == .stale, "it has asked for a later one")
        #expect(wish(3) == nil)
        #expect(wish(3) == .duplicate)
        #expect(wish(5) == nil)
    }

    @Test func `votes of a round that is over: commits, and no prepares`() throws {
        var stage = stage
        _ = try stage.receive([
            .roundChange(stage.roundChange(to: 5, by: 0)),
            .roundChange(stage.roundChange(to: 5, by: 1)),
        ])
        #expect(refusal(of: prepare(height: 1, round: 4, by: 2), by: stage) == .stale)
        #expect(refusal(of: prepare(height: 1, round: 5, by: 2), by: stage) == nil)
        #expect(refusal(of: commit(height: 1, round: 4, by: 2), by: stage) == nil)
    }

    @Test func `of future heights each message once, and blocks of the next alone`() throws {
        var stage = stage
        let early = prepare(height: 2, round: 0, by: 0)
        _ = try stage.receive(early)
        #expect(throws: Rejection.duplicate) { try stage.receive(early) }
        func proposal(height: UInt64, round: UInt32) throws -> ConsensusMessage {
            var header = try stage.block(1, by: 1).header
            header.number = height
            let block = Block(
                header: header, transactions: [try ToyChain.transaction(1)])
            return .proposal(stage.proposal(block, round: round, by: 1))
        }
        let distant = try proposal(height: 3, round: 0)
        #expect(throws: Rejection.tooFarAhead) { try stage.receive(distant) }
        for round in 0...2 as ClosedRange<UInt32> {
            let next = try proposal(height: 2, round: round)
            #expect(refusal(of: next, by: stage) == (round < 2 ? nil : .bufferFull))
            _ = try? stage.receive(next)
        }
    }
}
