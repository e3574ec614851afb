import Protocol

/// How much a measured chain holds, and how its trades lie in time.
///
/// Trades come in waves: each of some sellers and buyers trades once, in five steps of full blocks, and
/// then nothing happens until the next wave. The pace is such that what the ledger keeps of trades that
/// are over is about one part in a hundred of all: so the state is as large at one part in a hundred as
/// at the end, whatever else grows.
struct GrowthPlan {
    /// How many members there are besides the testnet's own nodes; half of them sell.
    let members: Int
    /// How many trades are made at least.
    let trades: Int

    /// How many times as fast as real time the market runs.
    static let speed: UInt32 = 60
    /// What a trade is of, in Wh.
    static let energy: UInt32 = 50
    /// What a member is given at the beginning, in base units.
    static let funds: UInt64 = 1_000_000_000
    /// How many trades of a wave the two measured households have with each other, one after the other.
    static let mostOwnTrades = 24
    /// The most trades of a wave: about what fits into a block.
    private static let mostInWave = 400

    var sellers: Int { members / 2 }

    /// How many trades are made at once.
    var wave: Int { max(1, min(Self.mostInWave, sellers + ownTrades, trades / 100)) }

    /// How many of them the two measured households make.
    var ownTrades: Int { max(1, min(Self.mostOwnTrades, trades / 1_000)) }

    var waves: Int { (trades + wave - 1) / wave }

    /// How long it is from one wave to the next, in milliseconds: a hundredth of all trades lasts as long
    /// as the ledger keeps them.
    func interval(keptSeconds: UInt64) -> UInt64 {
        let span = keptSeconds * 1_000 / UInt64(Self.speed) * 100
        return max(span / UInt64(waves), 60_000)
    }

    /// After how many waves it is measured: 1 %, 10 % and all of them.
    var checkpoints: [Int] { [100, 10, 1].map { (waves + $0 - 1) / $0 } }
}
