internal import Faults
internal import GRDB
internal import Ledger
package import Protocol

extension ChainStore {
    /// Reads where the chain stands and checks that the state has the root in the head.
    ///
    /// A safety record whose checksum does not hold is damage, and throws: a validator that does
    /// not know what it has said must not speak. SQLite leaves no record half written. Meters'
    /// signatures will be checked by `scheme`.
    package func load(
        scheme: any SignatureScheme = Secp256k1()
    ) async throws(StorageError) -> LoadedChain {
        try await read { [genesisHash, mark] database in
            let records = try Self.records(in: database)
            let last = try Int64.fetchOne(database, sql: "SELECT max(number) FROM blocks") ?? 0
            let blocks = try database.wholeBlocks(from: last, count: 1, maxBytes: 0)
            guard let head = blocks.first else {
                throw Damage(reason: "table blocks is empty")
            }
            let state = try LedgerState(entries: database.stateEntries(), scheme: scheme)
            guard state.root == head.block.header.stateRoot else {
                throw Damage(
                    reason: "table state has the root \(state.root.short), block \(last) says "
                        + head.block.header.stateRoot.short)
            }
            try Failpoint.loadAfterState.pass()
            let marked = mark.position()
            let hasForgotten = try marked.map {
                try VoteMark.Position(of: database).lacksSomething(of: $0)
            }
            return LoadedChain(
                genesisHash: genesisHash, head: head,
                headValidators: try database.validators(decidingOn: max(last, 1)),
                state: state, records: records,
                votingRight: try database.votingRight(),
                forgottenFrom: hasForgotten == true ? marked?.height : nil)
        }
    }

    private static func records(in database: Database) throws -> [Bytes] {
        let (sound, damaged) = try database.votes()
        if let damaged = damaged.first {
            throw Damage(reason: "table votes: record \(damaged) is damaged")
        }
        try Failpoint.loadAfterVotes.pass()
        return sound.map(\.record)
    }
}

extension Database {
    /// The state's entries, in the order of their keys.
    func stateEntries() throws -> [StateEntry] {
        var entries: [StateEntry] = []
        let rows = try Row.fetchCursor(self, sql: "SELECT key, value FROM state ORDER BY key")
        while let row = try rows.next() {
            let row = StoredRow(row, of: "state")
            entries.append(StateEntry(key: try row.bytes("key"), value: try row.bytes("value")))
        }
        return entries
    }
}
