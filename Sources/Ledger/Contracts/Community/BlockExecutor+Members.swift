import Protocol

extension BlockExecutor {
    /// The sender's registration; throws if it has none or is suspended.
    func senderMember() throws(Revert) -> Member {
        guard let member = overlay.member(sender) else {
            throw Revert("\(sender) is not a registered member")
        }
        guard !member.isSuspended else { throw Revert("member \(sender) is suspended") }
        return member
    }

    /// Throws unless the sender has `role`; `action` is what it wanted to do.
    func requireSender(_ role: MemberRole, to action: String) throws(Revert) {
        let member = try senderMember()
        guard member.role == role else {
            throw Revert(
                "\(sender) is \(member.role.withArticle), not \(role.withArticle): "
                    + "it cannot \(action)")
        }
    }
}

extension MemberRole {
    /// The role's name with its article.
    var withArticle: String {
        switch self {
        case .exchange, .aggregator, .validator, .observer: "an \(name)"
        case .consumer, .prosumer: "a \(name)"
        }
    }
}
