internal import GRDB
internal import Ledger
package import Protocol

/// Whom an operator has invited to become a member. The code itself is not kept.
package struct MemberInvitation: Hashable, Sendable {
    /// Its number; 0 before it is stored.
    package var id: Int64 = 0
    /// The SHA-256 of the code.
    package let codeHash: Hash32
    /// What the operator calls the household, and its metering point.
    package let name: String
    package let meteringPoint: String
    /// What it will be registered as.
    package let role: MemberRole
    package let ratedPower: Watts
    /// The operator who made it.
    package let madeBy: String
    package let madeAt: Timestamp
    package let expiresAt: Timestamp
    /// Who has used it; nil as long as it is open.
    package var claim: Claim?

    /// By whom and when an invitation was used.
    package struct Claim: Hashable, Sendable {
        package let account: Address
        /// What was signed: another one under the same code is refused.
        package let digest: Hash32
        package let at: Timestamp

        package init(account: Address, digest: Hash32, at: Timestamp) {
            self.account = account
            self.digest = digest
            self.at = at
        }
    }

    package init(
        codeHash: Hash32, name: String, meteringPoint: String, role: MemberRole, ratedPower: Watts,
        madeBy: String, madeAt: Timestamp, expiresAt: Timestamp
    ) {
        self.codeHash = codeHash
        self.name = name
        self.meteringPoint = meteringPoint
        self.role = role
        self.ratedPower = ratedPower
        self.madeBy = madeBy
        self.madeAt = madeAt
        self.expiresAt = expiresAt
    }
}

extension AggregatorStore {
    static let invitationTable = """
        CREATE TABLE invitation (
            id INTEGER PRIMARY KEY AUTOINCREMENT, code_hash TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL, metering_point TEXT NOT NULL, role TEXT NOT NULL,
            rated_power_w INTEGER NOT NULL, made_by TEXT NOT NULL, made_ms INTEGER NOT NULL,
            expires_ms INTEGER NOT NULL, account TEXT, digest TEXT, claimed_ms INTEGER,
            is_told INTEGER NOT NULL DEFAULT 0
        );
        ALTER TABLE operator_action ADD COLUMN subject TEXT;
        """

    /// For how long an invitation that has ended is remembered, so that its code is known for expired.
    private static let rememberedMilliseconds: UInt64 = 90 * 86_400_000

    /// Adds an invitation, under the number that it gets; nil if `most` are open already.
    package func add(
        _ invitation: MemberInvitation, most: Int
    ) async throws(StorageError) -> MemberInvitation? {
        try await database.write { db in
            let now = invitation.madeAt.milliseconds
            try db.run(
                "DELETE FROM invitation WHERE expires_ms < ?",
                [(now - min(now, Self.rememberedMilliseconds)).column])
            let open = try Int.fetchOne(
                db,
                sql: "SELECT count(*) FROM invitation WHERE account IS NULL AND expires_ms > ?",
                arguments: [now.column])
            guard (open ?? 0) < most else { return nil }
            try db.insert(
                "invitation",
                [
                    "code_hash": invitation.codeHash.description, "name": invitation.name,
                    "metering_point": invitation.meteringPoint, "role": invitation.role.name,
                    "rated_power_w": invitation.ratedPower.value.column,
                    "made_by": invitation.madeBy, "made_ms": now.column,
                    "expires_ms": invitation.expiresAt.milliseconds.column,
                ])
            var invitation = invitation
            invitation.id = db.lastInsertedRowID
            return invitation
        }
    }

    /// The invitation whose code has that hash; nil if there is none. Blocks the calling thread.
    package func invitation(codeHash: Hash32) throws(StorageError) -> MemberInvitation? {
        try database.read { db in
            try Row.fetchOne(
                db, sql: "SELECT * FROM invitation WHERE code_hash = ?",
                arguments: [codeHash.description]
            ).map { try MemberInvitation(StoredRow($0, of: "invitation")) }
        }
    }

    /// The invitations that had not ended at `now` and whose households are not registered yet, as far
    /// as this node has told them, the last first. Blocks the calling thread.
    package func invitations(at now: Timestamp) throws(StorageError) -> [MemberInvitation] {
        try database.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM invitation WHERE expires_ms > ? AND is_told = 0
                    ORDER BY id DESC LIMIT 1000
                    """, arguments: [now.milliseconds.column]
            ).map { try MemberInvitation(StoredRow($0, of: "invitation")) }
        }
    }

    /// Uses the invitation numbered `id`; false if somebody has, or if it was withdrawn.
    package func use(
        _ id: Int64, _ claim: MemberInvitation.Claim
    ) async throws(StorageError) -> Bool {
        try await database.write { db in
            try db.run(
                """
                UPDATE invitation SET account = ?, digest = ?, claimed_ms = ?
                WHERE id = ? AND account IS NULL
                """,
                [
                    claim.account.description, claim.digest.description,
                    claim.at.milliseconds.column, id,
                ])
            return db.changesCount == 1
        }
    }

    /// Opens the invitation again that was used by `claim`, of which nothing came.
    package func reopen(
        _ id: Int64, _ claim: MemberInvitation.Claim
    ) async throws(StorageError) {
        try await database.write { db in
            try db.run(
                """
                UPDATE invitation SET account = NULL, digest = NULL, claimed_ms = NULL
                WHERE id = ? AND digest = ? AND claimed_ms = ?
                """, [id, claim.digest.description, claim.at.milliseconds.column])
        }
    }

    /// Notes that its household is registered; true the first time.
    package func close(_ id: Int64) async throws(StorageError) -> Bool {
        try await database.write { db in
            try db.run("UPDATE invitation SET is_told = 1 WHERE id = ? AND is_told = 0", [id])
            return db.changesCount == 1
        }
    }

    /// Takes the invitation numbered `id` back, unless its household is registered; nil if there is
    /// none.
    package func withdraw(_ id: Int64) async throws(StorageError) -> MemberInvitation? {
        try await database.write { db in
            let row = try Row.fetchOne(
                db, sql: "SELECT * FROM invitation WHERE id = ? AND is_told = 0", arguments: [id])
            let invitation = try row.map { try MemberInvitation(StoredRow($0, of: "invitation")) }
            try db.run("DELETE FROM invitation WHERE id = ? AND is_told = 0", [id])
            return invitation
        }
    }
}

extension MemberInvitation {
    fileprivate init(_ row: StoredRow) throws {
        let name = try row.text("role")
        guard let role = MemberRole(name: name.verbatim) else {
            throw Damage(reason: "table invitation, column role names no role: \(name)")
        }
        self.init(
            codeHash: try row.hash("code_hash"), name: try row.text("name").verbatim,
            meteringPoint: try row.text("metering_point").verbatim, role: role,
            ratedPower: Watts(try row.number("rated_power_w")),
            madeBy: try row.text("made_by").verbatim, madeAt: try row.timestamp("made_ms"),
            expiresAt: try row.timestamp("expires_ms"))
        id = Int64(try row.number("id"))
        let account = try row.optional("account") { try row.address($0) }
        claim = try account.map { account in
            Claim(
                account: account, digest: try row.hash("digest"),
                at: try row.timestamp("claimed_ms"))
        }
    }
}
