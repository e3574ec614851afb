import API
import Ledger
import Peering
import Protocol

extension LedgerState {
    /// Whether the node of `account` may be linked with.
    func admitsNode(of account: Address) -> Bool {
        member(account).map { !$0.isSuspended } ?? false
    }

    /// What the node of `account` may say: a validator is who decides on blocks now.
    func role(ofNode account: Address) -> MemberRole? {
        validators().contains(account) ? .validator : member(account)?.role
    }

    /// Whose node has the certificate with this SHA-256.
    func membership(ofCertificate hash: Hash32) -> Membership {
        guard hash != .zero, let member = member(byCertificate: hash) else { return .stranger }
        return member.isSuspended ? .suspended(member.account) : .member(member.account)
    }
}

extension LatestSnapshot {
    /// Whose node has a certificate, by the newest state.
    var membership: PeerNetwork.MembershipCheck {
        { self.current.state.membership(ofCertificate: $0) }
    }

    /// Whether a certificate makes a block final, by the validators of the newest state: they decide on
    /// all blocks, as the genesis's do.
    func isFinal(
        in domain: SigningDomain, scheme: CachingSignatureScheme
    ) -> PeerNetwork.FinalityCheck {
        { header, certificate in
            self.current.state.validators().certifies(
                certificate, block: header.hash, height: header.number, domain: domain,
                scheme: scheme)
        }
    }

    /// What a node may say, by the newest state.
    var role: @Sendable (Address) -> MemberRole? {
        { self.current.state.role(ofNode: $0) }
    }
}
