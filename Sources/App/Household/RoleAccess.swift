package import Ledger
package import Market

/// A node's role, as its app sees it.
package protocol RoleAccess: Sendable {
    /// What the role shows.
    var figures: RoleFigures { get }

    /// Has a household's automatic trader act within `limits` from its next decision on; false if the node is
    /// busy or stopping.
    func limit(to limits: TraderLimits) -> Bool

    /// Tells a household's role that its owner has signed in.
    func ownerSignedIn()

    /// Has the role do something on the ledger: returns once it is final or refused, however long
    /// that takes.
    func wish(_ wish: OwnerWish) async -> WishOutcome
}

extension RoleAccess {
    package func ownerSignedIn() {}
}

/// What came of a wish.
package enum WishOutcome: Hashable, Sendable {
    /// It is final.
    case granted(FinalTransaction)
    /// It was refused, and why.
    case refused(String)
    /// Nobody answers: the node is busy or stopping.
    case unanswered
}
