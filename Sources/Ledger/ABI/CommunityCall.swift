public import Protocol

/// The call data of Community's functions, for a transaction to ``NativeContract/community``.
public enum CommunityCall {
    /// Registers `member`, who is not suspended whatever it says; the aggregator's.
    public static func register(_ member: Member) -> Bytes {
        call(.register, member.registrationValues)
    }

    /// Forbids a member to send transactions; the aggregator's.
    public static func suspend(_ account: Address) -> Bytes {
        call(.suspend, [.address(account)])
    }

    /// Lets a suspended member send transactions again; the aggregator's.
    public static func reinstate(_ account: Address) -> Bytes {
        call(.reinstate, [.address(account)])
    }

    /// Asks whether `account` is registered.
    public static func isMember(_ account: Address) -> Bytes {
        call(.isMember, [.address(account)])
    }

    /// Asks for the member `account`.
    public static func member(_ account: Address) -> Bytes {
        call(.member, [.address(account)])
    }

    /// Asks for a meter's owner and claimed registers.
    public static func meter(_ key: Address) -> Bytes { call(.meter, [.address(key)]) }

    private static func call(_ function: CommunityFunction, _ arguments: [ABIValue]) -> Bytes {
        CommunityFunction.table[function].call(arguments)
    }
}
