import Protocol

extension BlockExecutor {
    /// The registration of `account`; throws if it has none.
    func registered(_ account: Address) throws(Revert) -> Member {
        guard let member = overlay.member(account) else {
            throw Revert("\(account) is not a registered member")
        }
        return member
    }

    /// The sender's registration; throws if it has none or is suspended.
    func senderMember() throws(Revert) -> Member {
        let member = try registered(sender)
        guard !member.isSuspended else { throw Revert("member \(sender) is suspended") }
        return member
    }

    /// Throws if `account` is a suspended member.
    func requireNotSuspended(_ account: Address) throws(Revert) {
        guard overlay.member(account)?.isSuspended != true else {
            throw Revert("member \(account) is suspended")
        }
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
    /// Whether it is the role of those who use energy.
    var isHousehold: Bool { self == .consumer || self == .prosumer }

    /// The role's name with its article.
    var withArticle: String { ("aeiou".contains(name.prefix(1)) ? "an " : "a ") + name }
}
