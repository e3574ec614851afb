public import Protocol

/// The call data of Community's functions, for a transaction to ``NativeContract/community``.
public enum CommunityCall {
    /// Registers `member`, who is not suspended whatever it says; the aggregator's.
    public static func register(_ member: Member) -> Bytes {
        CommunityFunction.table[.register].call(member.registrationValues)
    }

    /// Forbids a member to send transactions; the aggregator's.
    public static func suspend(_ account: Address) -> Bytes {
        CommunityFunction.suspend.call(.address(account))
    }

    /// Lets a suspended member send transactions again; the aggregator's.
    public static func reinstate(_ account: Address) -> Bytes {
        CommunityFunction.reinstate.call(.address(account))
    }

    /// Asks whether `account` is registered.
    public static func isMember(_ account: Address) -> Bytes {
        CommunityFunction.isMember.call(.address(account))
    }

    /// Asks for the member `account`.
    public static func member(_ account: Address) -> Bytes {
        CommunityFunction.member.call(.address(account))
    }

    /// Asks for the aggregator of a household.
    public static func aggregator(of account: Address) -> Bytes {
        CommunityFunction.aggregatorOf.call(.address(account))
    }

    /// Asks for a meter's owner, and up to where its registers are claimed, with gaps in between.
    public static func meter(_ key: Address) -> Bytes {
        CommunityFunction.meter.call(.address(key))
    }
}
