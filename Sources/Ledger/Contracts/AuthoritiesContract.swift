import Protocol

/// Authorities: who decides on blocks. Votes on them have their place in the state, but no function
/// yet.
enum AuthoritiesContract {
    /// Runs the function that `data` calls and gives its results.
    static func call(_ data: Bytes, in run: inout BlockRun) throws(Revert) -> Bytes {
        let (function, _) = try AuthoritiesFunction.table.read(data, of: "Authorities")
        switch function {
        case .authorities:
            let members = run.workspace.authorities().members
            return ABI.encode([.array(members.map { .address($0) })])
        case .supportsInterface:
            return ABI.encode([.bool(false)])
        }
    }
}
