import Protocol

/// Validators: who decides on blocks. Votes on them have their place in the state, but no function
/// yet.
enum ValidatorsContract {
    /// Runs the function that `data` calls and gives its results.
    static func call(_ data: Bytes, in run: inout BlockExecutor) throws(Revert) -> Bytes {
        let (function, _) = try ValidatorsFunction.table.read(data, of: "Validators")
        switch function {
        case .validators:
            let members = run.overlay.validators().members
            return ABI.encode([.array(members.map { .address($0) })])
        case .supportsInterface:
            return ABI.encode([.bool(false)])
        }
    }
}
