import API
import Keys
import Protocol
import Storage
import Transport

// Households that are to become members by a code.
extension AggregatorService {
    /// How many invitations may be open at once.
    private static let mostInvitations = 200
    /// How many signs a code has, of five bits each: nobody guesses it in the days in which it is good.
    private static let codeSigns = 12
    /// For how many days a code is good, unless the operator says so.
    private static let usualDays = 14
    private static let mostDays = 60

    /// The invitations whose households are no members yet.
    func invitations() throws -> JSON {
        let state = node.state
        let items = try books.invitations(at: parts.now()).filter { invitation in
            invitation.claim.map { state.member($0.account) == nil } ?? true
        }.map { invitation -> JSON in
            [
                "id": .string(String(invitation.id)), "name": .string(invitation.name),
                "meteringPoint": .string(invitation.meteringPoint),
                "role": .string(invitation.role.name),
                "ratedPowerWatts": .number(invitation.ratedPower.value),
                "operator": .string(invitation.madeBy), "madeAt": .time(invitation.madeAt),
                "expiresAt": .time(invitation.expiresAt),
                "account": invitation.claim.map { .address($0.account) } ?? .null,
            ]
        }
        return ["items": .array(items), "next": .null]
    }

    /// Invites a household: the code is in the answer, and nowhere else.
    func invite(_ request: Request, by name: String) async throws -> Reply {
        let body = try await JSON.object(in: request)
        let details = try MemberDetails(body)
        guard !details.name.isEmpty else { throw Problem.badRequest("name is missing") }
        let days = body["days"] == nil ? Self.usualDays : body["days"]?.integer ?? 0
        guard 1...Self.mostDays ~= days else {
            throw Problem.badRequest("days is from 1 to \(Self.mostDays)")
        }
        let code = OneTimeCode.random(signs: Self.codeSigns)
        let now = parts.now()
        let end = Timestamp(milliseconds: now.milliseconds + UInt64(days) * 86_400_000)
        let invitation = MemberInvitation(
            codeHash: Joining.hash(of: code), name: details.name,
            meteringPoint: details.meteringPoint, role: details.role,
            ratedPower: details.ratedPower, madeBy: name, madeAt: now, expiresAt: end)
        guard let made = try await books.add(invitation, most: Self.mostInvitations) else {
            throw Problem.conflict(
                "\(Self.mostInvitations) invitations are open; withdraw some",
                code: "too-many-invitations")
        }
        try await note("invited", details.name, by: name)
        return .json(
            [
                "id": .string(String(made.id)), "code": .string(OneTimeCode.spaced(code)),
                "name": .string(made.name), "expiresAt": .time(end),
                "at": .string(settings.certificate.map { "https://\($0.address)" }),
                "fingerprint": .string(settings.certificate?.fingerprint.description),
            ], status: 201)
    }

    /// Takes an invitation back.
    func withdraw(_ text: UntrustedText, by name: String) async throws -> Reply {
        guard let id = Int64(text.verbatim), let gone = try await books.withdraw(id) else {
            throw Problem.notFound("there is no open invitation \(text)")
        }
        try await note("withdrawn", gone.name, by: name)
        return Reply(status: 204)
    }
}
