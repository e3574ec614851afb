import Ledger
import Protocol

/// What a role may ask of the node that it runs in.
protocol NodeServices: Sendable {
    /// The node's account.
    var account: Address { get }
    /// What keeps signatures of this chain apart from others'.
    var domain: SigningDomain { get }
    /// The market's clock.
    var marketClock: MarketClock { get }
    /// The time.
    func now() -> Timestamp
    /// The state after the last final block; a copy costs nothing.
    func state() -> LedgerState
    /// The header of the last final block.
    func head() -> BlockHeader
    /// Signs a call with the node's account, hands it in and waits until it is final.
    ///
    /// When it returns, ``state()`` has the call's effect. Throws if it was refused, reverted, or
    /// did not become final in time; in the last case it may still do so.
    func submit(to contract: Address, data: Bytes) async throws(CallFailure) -> FinalTransaction
    /// Sends `message` over the link to `peer`; false if there is none.
    func send(_ message: MeterMessage, to peer: Address) async -> Bool
}

extension NodeServices {
    /// The market's time.
    func marketNow() -> MarketTime { marketClock.time(at: now()) }
}

/// Why a submitted call has not taken effect.
enum CallFailure: Error, Hashable, CustomStringConvertible {
    /// The node did not take the transaction, and why. It will never take effect.
    case refused(String)
    /// It is final, but the contract reverted it, and why.
    case reverted(String)
    /// It was not final in time; it may still become so.
    case timedOut
    /// The program is stopping; it may still become final.
    case stopped

    var description: String {
        switch self {
        case .refused(let reason): "refused: \(reason)"
        case .reverted(let reason): "reverted: \(reason)"
        case .timedOut: "not final in time"
        case .stopped: "stopped before it was final"
        }
    }
}
