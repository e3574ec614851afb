/// The addresses at which the native contracts stand.
public enum NativeContract {
    /// EnergyMarket: offers, trades, proofs of delivery.
    public static let market = Address(reserved: 0x1001)
    /// EnergyToken: the community's token (ERC-20).
    public static let token = Address(reserved: 0x1002)
    /// Community: members, roles, meters.
    public static let community = Address(reserved: 0x1003)
    /// Validators: votes on who proposes blocks.
    public static let validators = Address(reserved: 0x1004)
}
