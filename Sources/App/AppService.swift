package import API
import HTTPTypes
package import Market
import Protocol
import QRCode
package import Storage
package import Transport

/// The app of the people who live with a node: its pages, who is signed in, and the household.
package struct AppService: AppRoutes {
    let parts: APIParts
    let sessions: Sessions?
    let household: HouseholdService?
    let aggregator: AggregatorService?
    private let joining: Joining?
    private let live: HouseholdLive?
    private let community: CommunityService
    private let pages: PageServer
    private let cookie: SessionCookie
    /// Tells the household's role that its owner has signed in.
    private let tellSignIn: @Sendable () -> Void
    let settings: AppSettings

    /// The app of a node whose API has `parts`; without `sessions` and a `home` it shows the
    /// community alone, and nobody signs in.
    package init(
        parts: APIParts, settings: AppSettings, sessions: Sessions? = nil,
        home: Home? = nil, office: Office? = nil
    ) {
        self.parts = parts
        self.sessions = sessions
        self.settings = settings
        community = CommunityService(
            parts: parts, settings: settings,
            source: office.map { .meters($0.community) } ?? home.map { .told($0.meter) } ?? .nobody)
        pages = PageServer()
        cookie = SessionCookie(account: parts.identity.account)
        tellSignIn = { home?.role.ownerSignedIn() }
        let desk = office.map { OwnerDesk(household: $0.role) }
        if let office, let desk {
            aggregator = AggregatorService(
                parts: parts, settings: settings, books: office.books, desk: desk,
                community: office.community)
            joining = Joining(parts: parts, books: office.books, desk: desk)
        } else {
            (aggregator, joining) = (nil, nil)
        }
        guard let home else {
            (live, household) = (nil, nil)
            return
        }
        let live = HouseholdLive(blocks: parts.feed, now: parts.now()) { ended in
            HouseholdView(
                identity: parts.identity, settings: settings, node: parts.latest.current,
                figures: home.role.figures, now: parts.now(), ended: ended)
        }
        self.live = live
        household = HouseholdService(
            live: live, desk: OwnerDesk(household: home.role),
            book: QuarterBook(meter: home.meter, chain: parts.store), rulebook: home.rulebook,
            store: parts.store)
    }

    /// What a household's app shows and does beyond the ledger.
    package struct Home: Sendable {
        let role: any RoleAccess
        let meter: HouseholdStore
        let rulebook: OwnerRulebook

        /// A household whose meter writes to `meter` and whose owner's rules are in `store`; where it
        /// has none, those in `limits` hold. Has the role act by them. Blocks the calling thread.
        package init(
            role: any RoleAccess, meter: HouseholdStore, store: AppStore, limits: TraderLimits
        ) throws(StorageError) {
            self.role = role
            self.meter = meter
            rulebook = try OwnerRulebook(store: store, household: role, limits: limits)
            _ = role.limit(to: rulebook.effective)
        }
    }

    /// What an aggregator's console shows and does beyond the ledger.
    package struct Office: Sendable {
        let role: any RoleAccess
        let books: AggregatorStore
        let community: CommunityMeters

        package init(
            role: any RoleAccess, books: AggregatorStore, community: CommunityMeters
        ) {
            self.role = role
            self.books = books
            self.community = community
        }
    }

    /// Ends all that listens, before the node stops.
    package func finish() { live?.finish() }
}

// Who may do what.
extension AppService {
    /// What only those may see who are signed in.
    private static let privatePaths: Set<UntrustedText> = [
        "household", "aggregator", "meter", "led", "devices", "invitations", "password",
    ]
    /// What only owners may see, and viewers not.
    private static let ownersPaths: Set<UntrustedText> = ["devices", "invitations", "password"]

    package func admit(_ request: Request, _ target: RequestTarget) async throws {
        let path = target.segments
        guard path.starts(with: ["api", "v1"]), path.count > 2,
            Self.privatePaths.contains(path[2])
        else { return }
        guard let visitor = try await visitor(request) else { throw Sessions.signedOut }
        let isRead = request.method == "GET" || request.method == "HEAD"
        if !isRead, visitor.device != nil { try Self.checkOrigin(request) }
        guard visitor.isOwner || isRead && !Self.ownersPaths.contains(path[2]) else {
            throw Sessions.viewer
        }
    }

    func visitor(_ request: Request) async throws -> Sessions.Visitor? {
        try await sessions?.visitor(cookie.credentials(in: request), at: parts.now())
    }

    /// The visitor who sends `request`; throws if nobody is signed in.
    private func known(_ request: Request) async throws -> Sessions.Visitor {
        guard let visitor = try await visitor(request) else { throw Sessions.signedOut }
        return visitor
    }

    /// Who is signed in; throws where nobody can be.
    func desk() throws(Problem) -> Sessions {
        guard let sessions else { throw .notFound("nobody signs in to this node") }
        return sessions
    }

    private static func checkReads(_ request: Request) throws(Problem) {
        guard request.method == "GET" else { throw .wrongMethod("GET") }
    }

    /// Throws unless a page of this node's own sends the request: others cannot set the field, nor
    /// have the browser say that it comes from here.
    private static func checkOrigin(_ request: Request) throws(Problem) {
        let site = HTTPField.Name("sec-fetch-site").flatMap { request.headers[$0] }
        let mark = HTTPField.Name("x-busbar").flatMap { request.headers[$0] }
        guard mark == "1", site == nil || site == "same-origin" || site == "none" else {
            throw Problem(
                status: 403, title: "Not from the app",
                detail: "requests that change something carry x-busbar: 1, from this site alone")
        }
    }
}

// What it answers.
extension AppService {
    package func answer(
        _ request: Request, _ target: RequestTarget, _ response: ResponseWriter, _ caller: Caller,
        at door: AppDoor
    ) async throws -> AppAnswer {
        let path = target.segments
        guard path.starts(with: ["api", "v1"]) else { return page(request, target, door) }
        try Self.checkDepth(of: target)
        switch path.dropFirst(2).first {
        case "app":
            try Self.checkReads(request)
            return .reply(.json(await about()))
        case "certificate", "certificate.pem":
            try Self.checkReads(request)
            return .reply(try certificate(asFile: path.last != "certificate"))
        case "session": return .reply(try await session(request, caller, door))
        case "pairing": return .reply(try await pair(request, caller, door))
        case "password": return .reply(try await setPassword(request))
        case "devices", "invitations":
            return .reply(try await devices(request, Array(path.dropFirst(2)), door))
        case "aggregator":
            guard let aggregator else { throw Problem.notFound("this node is no aggregator's") }
            let visitor = try await known(request)
            if path.count > 3, path[3] == "operators" {
                return .reply(
                    try await operators(
                        request, Array(path.dropFirst(4)), aggregator, by: visitor.name, door))
            }
            return .reply(
                try await aggregator.reply(
                    request, Array(path.dropFirst(3)), target, by: visitor, caller))
        case "registrations":
            guard let joining else { throw Problem.notFound("this node is no aggregator's") }
            return .reply(try await joining.reply(request, caller))
        case "led":
            try Self.checkReads(request)
            guard let live else { throw Problem.notFound("this node is no household's") }
            return .reply(.json(live.current().led().json))
        case "household":
            guard let household else { throw Problem.notFound("this node is no household's") }
            let reply = try await household.reply(
                request, Array(path.dropFirst(3)), target, response, by: known(request), caller)
            return reply.map(AppAnswer.reply) ?? .sent
        default:
            let reply = try await community.reply(
                request, Array(path.dropFirst(2)), target, caller)
            return reply.map(AppAnswer.reply) ?? .notMine
        }
    }

    private func page(_ request: Request, _ target: RequestTarget, _ door: AppDoor) -> AppAnswer {
        guard door.hasPages, request.method == "GET" || request.method == "HEAD",
            let reply = pages.reply(to: request, path: target.path.verbatim)
        else { return .notMine }
        return .reply(reply)
    }

    private func certificate(asFile isFile: Bool) throws(Problem) -> Reply {
        guard let certificate = settings.certificate else {
            throw .notFound("this node has no https")
        }
        return isFile ? certificate.file : .json(certificate.json)
    }

    /// What the page to sign in says.
    private func about() async -> JSON {
        let node = parts.latest.current
        return [
            "name": .string(parts.identity.name), "street": .string(node.state.parameters.name),
            "kind": .string(parts.identity.role), "account": .address(parts.identity.account),
            "chainId": .number(node.state.parameters.chainID),
            "isPaired": .bool(await sessions?.hasPassword ?? false), "timeZone": settings.zoneName,
            "version": .string(parts.identity.version),
            "market": [
                "time": .time(node.marketTime(at: parts.now())),
                "rate": .number(node.state.parameters.marketClock.rate),
            ],
        ]
    }
}

// Signing in.
extension AppService {
    private func session(
        _ request: Request, _ caller: Caller, _ door: AppDoor
    ) async throws -> Reply {
        switch request.method {
        case "GET":
            // Anyone may ask: that nobody is signed in is no error.
            guard let visitor = try await visitor(request) else { return Reply(status: 204) }
            return .json([
                "role": .string(role(of: visitor)),
                "name": .string(visitor.device?.operatorName),
                "label": .string(visitor.device?.label ?? "token"),
                "expiresAt": visitor.device.map { .time(Sessions.end(of: $0)) } ?? .null,
            ])
        case "POST":
            let form = try await SignInForm(request)
            do {
                let (token, device) = try await desk().signIn(
                    form.password, name: form.name, form.label, isRemembered: form.isRemembered,
                    from: caller.name, at: parts.now())
                return signedIn(
                    token, device, door,
                    goingTo: form.isPage ? aggregator == nil ? "/" : "/operator" : nil)
            } catch let problem as Problem where form.isPage {
                return Reply(
                    status: 303,
                    headers: [.location: "/sign-in?problem=\(problem.code ?? "error")"])
            }
        case "DELETE":
            if let device = try await visitor(request)?.device {
                try Self.checkOrigin(request)
                _ = try await desk().remove(device.id, asSeenBy: device)
            }
            var reply = Reply(status: 204, headers: [.setCookie: cookie.removing(at: door)])
            if let name = HTTPField.Name("clear-site-data") {
                reply.headers[name] = "\"cache\", \"storage\""
            }
            return reply
        default: throw Problem.wrongMethod("GET, POST or DELETE")
        }
    }

    private func role(of visitor: Sessions.Visitor) -> String {
        guard visitor.isOwner else { return "viewer" }
        return aggregator == nil ? "owner" : "operator"
    }

    private func pair(
        _ request: Request, _ caller: Caller, _ door: AppDoor
    ) async throws -> Reply {
        guard request.method == "POST" else { throw Problem.wrongMethod("POST") }
        let body = try await JSON.object(in: request)
        guard let code = body["code"]?.text else { throw Problem.badRequest("code is a text") }
        let (token, device) = try await desk().pair(
            code: code.verbatim, newPassword: body["password"]?.text?.verbatim,
            label: body["label"]?.text.map { String($0.verbatim.prefix(60)) },
            from: caller.name, at: parts.now())
        return signedIn(token, device, door, goingTo: nil)
    }

    private func signedIn(
        _ token: Bytes, _ device: AppDevice, _ door: AppDoor, goingTo page: String?
    ) -> Reply {
        if device.isOwner { tellSignIn() }
        let field = cookie.setting(token, isRemembered: device.isRemembered, at: door)
        var reply = Reply(status: page == nil ? 204 : 303, headers: [.setCookie: field])
        if let page { reply.headers[.location] = page }
        return reply
    }

    private func setPassword(_ request: Request) async throws -> Reply {
        guard request.method == "PUT" else { throw Problem.wrongMethod("PUT") }
        let body = try await JSON.object(in: request)
        guard let password = body["password"]?.text else {
            throw Problem.badRequest("password is a text")
        }
        let own = try await visitor(request)?.device
        // A program says whose; an operator changes none but its own.
        let name = own == nil ? try Self.operatorName(in: body) : own?.operatorName
        try await desk().change(password.verbatim, of: name, keeping: own, at: parts.now())
        return Reply(status: 204)
    }

    private func devices(
        _ request: Request, _ path: [UntrustedText], _ door: AppDoor
    ) async throws -> Reply {
        switch (request.method, path[0], path.count) {
        case ("GET", "devices", 1):
            let device = try await visitor(request)?.device
            let own = device?.id
            let shown = try await desk().list().filter { one in
                device == nil || one.operatorName == device?.operatorName
            }
            let items = shown.map { device -> JSON in
                [
                    "id": .string(String(device.id)), "label": .string(device.label),
                    "role": device.isOwner ? "owner" : "viewer", "madeAt": .time(device.madeAt),
                    "seenAt": .time(device.seenAt), "expiresAt": .time(Sessions.end(of: device)),
                    "isThis": .bool(device.id == own),
                ]
            }
            return .json(["items": .array(items), "next": .null])
        case ("DELETE", "devices", 2):
            let own = try await visitor(request)?.device
            guard let id = Int64(path[1].verbatim),
                try await desk().remove(id, asSeenBy: own)
            else {
                throw Problem.notFound("there is no device \(path[1])")
            }
            return Reply(status: 204)
        case ("POST", "invitations", 1): return try await invite(request, door)
        default: throw Problem.wrongMethod("GET, POST or DELETE")
        }
    }

    private func invite(_ request: Request, _ door: AppDoor) async throws -> Reply {
        let body = try await JSON.object(in: request)
        let isOwner: Bool
        switch body["role"]?.text?.verbatim {
        case "owner": isOwner = true
        case "viewer", nil: isOwner = false
        default: throw Problem.badRequest("role is owner or viewer")
        }
        let desk = try desk()
        var name: String?
        if await desk.hasOperators {
            guard isOwner else {
                throw Problem.badRequest("a console has operators alone, and no viewers")
            }
            let own = try await visitor(request)?.device?.operatorName
            name = try own ?? Self.operatorName(in: body) ?? "operator"
        }
        let label = String((body["label"]?.text?.verbatim ?? "").prefix(60))
        let isFirst = body["pairing"] == .bool(true)
        let (code, end) = await desk.invite(
            isOwner: isOwner, label: label, operatorName: name, isFirst: isFirst, at: parts.now())
        return invitation(
            code, until: end, role: isOwner ? "owner" : "viewer", label: label, request, door)
    }

    /// What is shown of a code that lets somebody in.
    func invitation(
        _ code: String, until end: Timestamp, role: String, label: String, _ request: Request,
        _ door: AppDoor
    ) -> Reply {
        let own = "\(door.isSecure ? "https" : "http")://\(request.authority.verbatim)"
        // A device elsewhere in the house gets nowhere by this machine's own address.
        let isLocal = Self.isLocal(request.authority.verbatim)
        let url = "\(isLocal ? settings.address ?? own : own)/pair#\(code)"
        return .json(
            [
                "code": .string(code), "url": .string(url), "role": .string(role),
                "isLocal": .bool(isLocal && settings.address == nil), "label": .string(label),
                "expiresAt": .time(end),
                "qr": QRCode(url).map { .array($0.rows.map { .string($0) }) } ?? .null,
            ], status: 201)
    }

    private static func isLocal(_ authority: String) -> Bool {
        ["127.", "localhost", "[::1]"].contains { authority.hasPrefix($0) }
    }
}
