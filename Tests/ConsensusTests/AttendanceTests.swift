import Protocol
import Testing

@testable import Consensus

@Suite struct `Patience after a split` {
    private let authorities = ValidatorSet(FakeSigner.numbered(4).map(\.address))
    private let start = ToyChain.start

    private func time(_ seconds: UInt64) -> Timestamp {
        start.advanced(byMilliseconds: seconds * 1_000)
    }

    @Test func `a quorum that was never away does not begin anew`() {
        var attendance = Attendance()
        let others = authorities.members.dropFirst()
        for (other, isBack) in [(others[1], false), (others[2], true)] {
            attendance.note(other, height: 1, round: 0, at: time(0))
            let found = attendance.isQuorumBack(of: authorities, at: time(0))
            #expect(found == isBack)
        }
        for second in 1...100 as ClosedRange<UInt64> {
            for other in others {
                attendance.note(other, height: 1, round: 0, at: time(second))
                let isBack = attendance.isQuorumBack(of: authorities, at: time(second))
                #expect(!isBack)
            }
            attendance.review(of: authorities, at: time(second))
        }
    }

    @Test func `who comes and goes lets it begin anew once a minute`() {
        var attendance = Attendance()
        let others = authorities.members.dropFirst()
        var renewals: [UInt64] = []
        for second in stride(from: 0, to: 200, by: 10) as StrideTo<UInt64> {
            attendance.review(of: authorities, at: time(second))
            for other in others {
                attendance.note(other, height: 1, round: 0, at: time(second))
                let isBack = attendance.isQuorumBack(of: authorities, at: time(second))
                guard isBack else { continue }
                attendance.renew(at: time(second))
                renewals.append(second)
            }
        }
        #expect(renewals == [0, 60, 120, 180])
    }

    @Test func `a round is hopeless without one that is further, where it is needed`() {
        var attendance = Attendance()
        let others = Array(authorities.members.dropFirst())
        func see(_ index: Int, _ round: UInt32, at second: UInt64) {
            attendance.note(others[index], height: 1, round: round, at: time(second))
        }
        func isHopeless(_ round: UInt32, at second: UInt64) -> Bool {
            attendance.isHopeless(round, of: 1, among: authorities, at: time(second))
        }
        see(0, 3, at: 0)
        #expect(!isHopeless(3, at: 0), "alone in its round, but nobody is further")
        see(1, 5, at: 0)
        #expect(isHopeless(3, at: 0))
        #expect(!isHopeless(5, at: 0))
        see(2, 0, at: 1)
        #expect(!isHopeless(3, at: 1), "three of four are left")
        see(1, 5, at: 3)
        see(0, 3, at: 3)
        #expect(!isHopeless(3, at: 3))
        see(1, 5, at: 6)
        see(0, 3, at: 6)
        #expect(isHopeless(3, at: 6), "the third has fallen silent")
    }

    @Test(arguments: [30_000, 300_000] as [UInt64])
    func `a block comes within seconds, however long it lasted`(split: UInt64) throws {
        let cluster = try Cluster(4)
        cluster.travel = { _, _, _ in nil }
        try cluster.submit(1)
        cluster.run(for: split)
        cluster.travel = { _, _, _ in 5 }
        #expect(cluster.run(for: 8_000) { $0.allHave([1]) })
        #expect(cluster.violations.isEmpty)
    }
}
