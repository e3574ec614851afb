import API
import Keys
import Ledger
import Market
import Protocol
import Storage
import Transport

/// Answers `POST /api/v1/registrations`: a household hands in its keys with the code that the operator
/// gave it, and is registered without anyone's copying.
///
/// A code is good for one application. The same one may be handed in again until it is final, which
/// changes nothing; another one under the same code is refused.
actor Joining {
    private let parts: APIParts
    private let books: AggregatorStore
    private let desk: OwnerDesk
    private let scheme: any SignatureScheme
    /// Who guesses codes waits; nobody else does, since no code can be guessed.
    private var guesses = GuessGuard.ofCodes

    init(
        parts: APIParts, books: AggregatorStore, desk: OwnerDesk,
        scheme: any SignatureScheme = Secp256k1()
    ) {
        self.parts = parts
        self.books = books
        self.desk = desk
        self.scheme = scheme
    }

    /// What is kept of a code.
    static func hash(of code: String) -> Hash32 { SHA256.hash(Array("busbar code \(code)".utf8)) }

    func reply(_ request: Request, _ caller: Caller) async throws -> Reply {
        guard request.method == "POST" else { throw Problem.wrongMethod("POST") }
        let signed = try SignedApplication(try await JSON.object(in: request))
        let invitation = try invitation(for: signed.application.code, from: caller)
        try check(signed)
        try checkKnown(signed.application)
        let digest = signed.application.digest(in: parts.latest.current.state.domain)
        let claim = try await claim(invitation, signed.application.account, digest)
        return try await register(signed.application, by: invitation, claim)
    }

    private func invitation(for code: String, from caller: Caller) throws -> MemberInvitation {
        let now = parts.now()
        let guess = try guesses.begin(by: caller.name, at: now).letIn(at: now)
        let found: MemberInvitation?
        do {
            found = try books.invitation(codeHash: Self.hash(of: code))
        } catch {
            guesses.ended(guess, isRight: nil, at: now)
            throw error
        }
        guesses.ended(guess, isRight: found != nil, at: now)
        guard let invitation = found else {
            throw Problem(
                status: 401, title: "Wrong code",
                detail: """
                    no invitation has this code: compare it with the one that the aggregator gave, or \
                    ask for another; one that was withdrawn is good no more
                    """, code: "wrong-code")
        }
        guard invitation.expiresAt > now || invitation.claim != nil else {
            throw Problem(
                status: 410, title: "Code expired",
                detail: """
                    the code was good until \(RFC3339.text(invitation.expiresAt)); ask the aggregator \
                    for another
                    """,
                code: "code-expired")
        }
        return invitation
    }

    /// Throws unless both keys signed what was sent.
    private func check(_ signed: SignedApplication) throws(Problem) {
        let digest = signed.application.digest(in: parts.latest.current.state.domain)
        for (name, signature, address) in [
            ("accountSignature", signed.accountSignature, signed.application.account),
            ("meterSignature", signed.meterSignature, signed.application.meterKey),
        ] where scheme.signer(of: signature, over: digest) != address {
            throw Problem(
                status: 422, title: "Wrong signature",
                detail: """
                    \(name) is not \(address)'s over this application for chain \
                    \(parts.latest.current.state.parameters.chainID): is the genesis the same?
                    """, code: "wrong-signature")
        }
    }

    /// Throws if the ledger knows the account otherwise than it is to be registered.
    private func checkKnown(_ application: MemberApplication) throws(Problem) {
        guard let known = parts.latest.current.state.member(application.account) else { return }
        guard known.meterKey == application.meterKey,
            known.certificateHash == application.certificateHash
        else {
            throw .conflict(
                "the ledger knows this account with another meter or certificate",
                code: "already-registered")
        }
    }

    /// Uses the invitation for what was signed, unless it was used for that before.
    private func claim(
        _ invitation: MemberInvitation, _ account: Address, _ digest: Hash32
    ) async throws -> MemberInvitation.Claim {
        if let claim = invitation.claim {
            guard claim.digest == digest else { throw Self.used }
            return claim
        }
        let claim = MemberInvitation.Claim(account: account, digest: digest, at: parts.now())
        guard try await books.use(invitation.id, claim) else { throw Self.used }
        return claim
    }

    private static let used = Problem.conflict(
        """
        this code was used for another household, or with other keys; ask the aggregator for another
        """, code: "code-used")

    private func register(
        _ application: MemberApplication, by invitation: MemberInvitation,
        _ claim: MemberInvitation.Claim
    ) async throws -> Reply {
        let member = Member(
            account: application.account, role: invitation.role, meterKey: application.meterKey,
            ratedPower: invitation.ratedPower, certificateHash: application.certificateHash)
        guard parts.latest.current.state.member(application.account) == nil else {
            return try await finished(member, by: invitation)
        }
        try await books.set(
            MemberNote(
                account: member.account, name: invitation.name,
                meteringPoint: invitation.meteringPoint))
        let order = try OwnerOrder(
            of: Sessions.Visitor(device: nil, isOwner: true),
            key: "join \(invitation.id) \(claim.at.milliseconds)", method: "POST",
            path: "/api/v1/registrations", body: claim.digest.bytes)
        let undertaking = try await desk.begin(OwnerPlan(wish: .register(member)), for: order)
        switch try await desk.outcome(of: undertaking) {
        case nil: return Self.answer(member, invitation, status: 202)
        case .granted: return try await finished(member, by: invitation)
        case .refused(let reason):
            try await books.reopen(invitation.id, claim)
            throw Problem.conflict(reason, code: "not-registered")
        case .unanswered: throw Problem.busy("the node is busy or stopping; try again later")
        }
    }

    private func finished(
        _ member: Member, by invitation: MemberInvitation
    ) async throws -> Reply {
        if try await books.close(invitation.id) {
            _ = try await books.add(
                OperatorAction(
                    at: parts.now(), name: invitation.madeBy, what: "joined",
                    member: member.account, outcome: .done))
        }
        return Self.answer(member, invitation, status: 201)
    }

    private static func answer(
        _ member: Member, _ invitation: MemberInvitation, status: Int
    ) -> Reply {
        .json(
            [
                "account": .address(member.account), "name": .string(invitation.name),
                "role": .string(member.role.name),
                "ratedPowerWatts": .number(member.ratedPower.value),
                "isFinal": .bool(status == 201),
            ], status: status)
    }
}

/// An application with its two signatures, as it is sent.
private struct SignedApplication {
    let application: MemberApplication
    let accountSignature: Signature
    let meterSignature: Signature

    init(_ body: JSON) throws(Problem) {
        guard let code = body["code"]?.text?.verbatim, code.utf8.count <= 64 else {
            throw .badRequest("code is a text")
        }
        guard let account = body["account"]?.address, let meterKey = body["meterKey"]?.address,
            let certificate = body["certificateHash"]?.hash
        else {
            throw .badRequest(
                "account and meterKey are addresses, certificateHash is 32 bytes in base 16")
        }
        application = MemberApplication(
            code: OneTimeCode.plain(code), account: account, meterKey: meterKey,
            certificateHash: certificate)
        accountSignature = try Self.signature("accountSignature", in: body)
        meterSignature = try Self.signature("meterSignature", in: body)
    }

    private static func signature(
        _ name: String, in body: JSON
    ) throws(Problem) -> Signature {
        guard let bytes = body[name]?.data, let signature = try? Signature(bytes: bytes) else {
            throw .badRequest("\(name) is a signature, 65 bytes in base 16")
        }
        return signature
    }
}
