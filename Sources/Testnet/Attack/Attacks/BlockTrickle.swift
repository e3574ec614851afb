import Client
import Ledger
import Protocol

/// Small transactions of one account in an even trickle, each for a block of its own: quickly until the
/// blocks are spent that an hour of quiet has saved up for everybody, then so slowly that their bytes
/// pay for few. Meanwhile another member, who has been quiet, makes a lone step each second and looks
/// how long it takes.
struct BlockTrickle: MemberAttack {
    let number = "n8"
    let title = "a trickle that spends everybody's blocks"
    let members = 2
    /// As long as it takes to spend them, and a minute more.
    let leastSeconds = 180.0
    /// Others' transactions have spent blocks before.
    var ground: AttackGround { .own }

    /// How many transactions a second, until the blocks are spent and then.
    private static let (quick, slow) = (40.0, 5.0)
    private static let quickSeconds = 120.0
    /// How long every other lone step may take in the last third, in seconds.
    private static let limit = 0.25

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let members = try (0..<members).map { _ in try testnet.members.take() }
        let node = try testnet.node(target)
        func height() throws -> Int {
            try testnet.testnet.client(node).get("/api/v1/status")["height"]?.integer ?? 0
        }
        let first = try height()
        let failure = AttackFailure()
        AttackThread.run(members.count) { thread in
            do {
                let program = try MemberProgram(members[thread], at: node, in: testnet)
                if thread == 0 {
                    Self.trickle(program, effort)
                } else {
                    Self.walk(program, effort)
                }
            } catch {
                failure.note(error)
            }
        }
        if let error = failure.error { throw error }
        effort.count("blocks", try height() - first)
    }

    /// A call that changes nothing.
    private static func call(of program: MemberProgram) -> Bytes {
        TokenCall.approve(spender: program.address, amount: UInt256(1))
    }

    private static func trickle(_ program: MemberProgram, _ effort: AttackEffort) {
        let begin = ContinuousClock.now
        var (fast, slow) = (Pace(perSecond: quick), Pace(perSecond: slow))
        while !effort.isOver {
            let isQuick = begin.duration(to: .now) < .seconds(quickSeconds)
            if isQuick { fast.wait() } else { slow.wait() }
            let taken = try? program.hand(in: [(NativeContract.token, call(of: program))])
            effort.count("transactions")
            effort.count("transactions taken", taken?.count ?? 0)
        }
    }

    /// A step each second, until the attack is over; what it takes is claimed where the blocks can have
    /// been spent.
    private static func walk(_ program: MemberProgram, _ effort: AttackEffort) {
        var pace = Pace(perSecond: 1)
        var times: [Double] = []
        while !effort.isOver {
            pace.wait()
            let begin = ContinuousClock.now
            let hash = try? program.perform(call(of: program), to: NativeContract.token)
            guard hash != nil else {
                effort.count("lone steps that failed")
                continue
            }
            effort.count("lone steps")
            times.append(begin.duration(to: .now) / .seconds(1))
        }
        guard !effort.isShort else { return }
        let third = times.count / 3
        for (name, times) in [("first", times.prefix(third)), ("last", times.suffix(third))] {
            let median = Spread(Array(times)).median
            effort.claim(
                "a lone step, median of the \(name) third", median.map { $0 <= limit } ?? false,
                median.map { "\(Figures.rounded($0, decimals: 3)) s" } ?? "none",
                limit: "\(limit) s")
        }
    }
}
