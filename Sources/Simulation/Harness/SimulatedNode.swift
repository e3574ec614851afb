import Market
import Protocol
import Replica

/// One node: its disk, and while it runs its replica. It is an object, so that looking at one part
/// copies no other.
final class SimulatedNode {
    let key: SimulatedKey
    let isValidator: Bool
    var store: SimulatedStore
    /// Nil while it is down.
    var replica: ReplicaState?
    /// How often it was started; what was meant for a former life is lost.
    var life = 0
    /// Until when it stands still, in simulated milliseconds.
    var pausedUntil: UInt64 = 0
    /// How many milliseconds its clock is ahead of the simulation's; below 0 behind.
    var clockOffset: Int64 = 0
    /// Where in the next batch of effects it crashes.
    var armedCrash: ArmedCrash?
    /// Whether its disk was emptied or replaced by an old copy and it has not made up for it: it
    /// counts among the faulty.
    var isForgetful = false

    /// Whether the mark of a key that never voted stands beside its key. It is not in the directory
    /// that people empty, but a copy of everything has it.
    var hasNeverVotedMark: Bool

    /// What it does in the community; nil for nothing.
    var part: SimulatedPart?
    /// Its role; nil while it is down.
    var role: (any Role)?
    /// Its role's database, and an older state of it.
    var roleStore = SimulatedRoleStore()
    var oldRoleStore = SimulatedRoleStore()
    /// Up to which height its role has ever been told of blocks.
    var toldHeight: UInt64 = 0
    /// What its role has not been told yet.
    var news: [RoleEvent] = []
    var isTellingRole = false
    /// What the pool said to the role's own transaction.
    var ownAnswer: PoolAnswer?

    /// What its role keeps to itself, and until when.
    var silence: (kind: Silence, until: UInt64)?

    /// An older state of its disk, as a backup would hold it.
    var oldCopy: (store: SimulatedStore, hasMark: Bool)?
    /// Its disk as it was when it started last.
    var startCopy: SimulatedStore?
    var presence = Presence.present

    /// A crash that is to come in the middle of what a node does.
    struct ArmedCrash {
        enum Point {
            /// After so many effects of one batch.
            case after(effects: Int)
            /// While something is written.
            case write
        }

        let point: Point
        /// How long the node is down then, in milliseconds.
        let downtime: UInt64

        /// Whether it comes at the effect at `index` of a batch, by which something is written or
        /// not.
        func comes(at index: Int, isWritten: Bool) -> Bool {
            switch point {
            case .after(let effects): effects <= index
            case .write: isWritten
            }
        }
    }

    /// Whether a node takes part in the run.
    enum Presence {
        /// It may come.
        case awaited
        /// It is there, running or crashed.
        case present
        /// It has left for good.
        case gone
    }

    init(key: SimulatedKey, isValidator: Bool, store: SimulatedStore) {
        self.key = key
        self.isValidator = isValidator
        self.store = store
        hasNeverVotedMark = isValidator
    }

    /// Takes the mark of a key that never voted away. Whether it was there.
    func takeMark() -> Bool {
        defer { hasNeverVotedMark = false }
        return hasNeverVotedMark
    }

    /// Whether its key may have spoken before, as far as the run goes.
    var mayHaveSpoken: Bool { life > 0 || !hasNeverVotedMark }

    /// Whether a start can tell that it does not know all that its key has said.
    var showsLoss: Bool {
        store.hasForgotten || (store.votingRight != .established && !hasNeverVotedMark)
    }

    var address: Address { key.address }
    var isRunning: Bool { replica != nil }

    /// What its clock shows at `time`.
    func clock(at time: UInt64) -> Timestamp {
        Timestamp(milliseconds: UInt64(max(0, Int64(time) + clockOffset)))
    }

    /// When its clock shows `moment`, in simulated milliseconds.
    func time(of moment: Timestamp) -> UInt64 {
        let latest = Int64.max / 2
        let shown = Int64(exactly: moment.milliseconds).map { min($0, latest) } ?? latest
        return UInt64(max(0, shown - clockOffset))
    }
}

extension Effect {
    /// Whether it changes what is on the disk.
    var isWritten: Bool {
        switch self {
        case .persist, .persistVotingRight, .commit, .keep: true
        case .send, .serveBlocks, .setTimer, .answer, .report, .stop: false
        }
    }
}
