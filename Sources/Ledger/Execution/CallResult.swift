public import Protocol

/// What a call came to.
public enum CallResult: Hashable, Sendable {
    /// It took effect, and gave these ABI-encoded results.
    case returned(Bytes)
    /// It took no effect; the data are the reason, encoded as Solidity's `Error(string)`.
    case reverted(reason: String, data: Bytes)

    static func reverted(for reason: String) -> CallResult {
        .reverted(reason: reason, data: ContractABI.revertData(reason: reason))
    }
}
