import Console

extension Result where Failure == any Error {
    /// What it is, once `restore` has put things back. Of two errors the first is thrown, which says why
    /// the other came; the other is said beside it.
    func get(after restore: () throws -> Void) throws -> Success {
        do {
            try restore()
        } catch {
            guard case .failure = self else { throw error }
            Terminal.complain("and afterwards: \(error)")
        }
        return try get()
    }
}
