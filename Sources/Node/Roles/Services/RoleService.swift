import Ledger
import Protocol

/// What a node does besides holding and checking the ledger.
///
/// A role lives by the ledger's state, not by events: every call looks again at what there is to
/// do, so that a missed event, a lost message or a restart costs a second and never a trade. It
/// throws only where it cannot go on: its store failed.
protocol RoleService: Actor {
    /// Once, before anything else: reads back what the role had stored.
    func start() async throws
    /// Once a second. Returns soon: what takes long belongs into ``work()``.
    func tick() async throws
    /// A block became final. Returns soon.
    func blockFinal(_ block: CommittedBlock) async throws
    /// A message came over the link from `sender`, whom its certificate names. Returns soon.
    func received(_ message: MeterMessage, from sender: Address) async throws
    /// Does what there is to do now and returns when it is done, or at once if there is nothing
    /// or others are at it: several calls may run at the same time.
    func work() async throws
}
