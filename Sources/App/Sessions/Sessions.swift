import API
import Keys
package import Protocol
package import Storage

/// Who is signed in to the app, and how one comes to be: by the app's password, by a code that the
/// node gave out, or by the token that the node's own programs read from its directory.
package actor Sessions {
    /// Someone who may use the app.
    package struct Visitor: Hashable, Sendable {
        /// Its device; nil for a program with the token.
        package let device: AppDevice?
        /// Whether it may change things, and not only look.
        package let isOwner: Bool

        /// The operator's name, or what stands for a program.
        var name: String { device?.operatorName ?? AppService.program }
    }

    /// How many devices may be signed in; whoever was not seen for longest gives way.
    private static let mostDevices = 50
    /// How long a device stays signed in without being used: 30 days, or a day if it is not to be
    /// remembered. And at most a year.
    private static let idleDays: UInt64 = 30
    private static let day: UInt64 = 86_400_000
    /// How long a code is good: to pair the first device, and to invite another person.
    private static let pairingTime: UInt64 = 10 * 60_000
    private static let invitationTime: UInt64 = day
    /// The shortest password that can be set.
    private static let leastPasswordLength = 8

    /// How many operators there may be.
    private static let mostOperators = 50

    private let store: AppStore
    private let token: Hash32
    private let check = PasswordCheck()
    private var password: PasswordHash?
    /// Who runs the aggregator, by their names in small letters; nil at a household's node, whose people
    /// share one password.
    private var operators: [String: AppOperator]?
    /// What a password is held against where nobody has the name, so that this takes as long.
    private let nobody = PasswordHash(salt: Bytes.random(count: 16), hash: Bytes.random(count: 32))
    private var devices: [Hash32: AppDevice]
    private var guesses = GuessGuard.ofPassword
    private var codes = PairingCodes()
    private var codeGuesses = GuessGuard.ofCodes

    /// What `store` holds, and programs that know `token`; with operators who each have a password of
    /// their own, or with one password for all. Blocks the calling thread.
    package init(
        store: AppStore, token: Bytes, hasOperators: Bool = false
    ) throws(StorageError) {
        self.store = store
        self.token = SHA256.hash(token)
        password = try store.password()
        if hasOperators {
            operators = Dictionary(
                try store.operators().map { ($0.name.lowercased(), $0) }, uniquingKeysWith: { $1 })
        }
        devices = Dictionary(
            try store.devices().filter { ($0.operatorName != nil) == hasOperators }
                .map { ($0.tokenHash, $0) }, uniquingKeysWith: { $1 })
    }

    /// Whether somebody has a password: before that, a code of the node's is the only way in.
    var hasPassword: Bool { operators.map { !$0.isEmpty } ?? (password != nil) }

    /// The visitor whom `credentials` belong to; nil for nobody.
    func visitor(_ credentials: Credentials, at now: Timestamp) async throws -> Visitor? {
        if let token = credentials.token, SHA256.hash(token) == self.token {
            return Visitor(device: nil, isOwner: true)
        }
        guard let cookie = credentials.cookie else { return nil }
        let hash = SHA256.hash(cookie)
        guard var device = devices[hash] else { return nil }
        let isKnown = device.operatorName.map { known(operator: $0) != nil } ?? true
        guard isKnown, Self.isCurrent(device, at: now) else {
            devices[hash] = nil
            try await store.remove([device.id])
            return nil
        }
        if now.millisecondsSince(device.seenAt) > 60_000 {
            device.seenAt = now
            devices[hash] = device
            try await store.note(seen: [device.id: now])
        }
        return Visitor(device: device, isOwner: device.isOwner)
    }

    /// Until when `device` is signed in, if it is not used again.
    static func end(of device: AppDevice) -> Timestamp {
        let idle = device.isRemembered ? idleDays * day : day
        return min(
            Timestamp(milliseconds: device.seenAt.milliseconds + idle),
            Timestamp(milliseconds: device.madeAt.milliseconds + 365 * day))
    }

    private static func isCurrent(_ device: AppDevice, at now: Timestamp) -> Bool {
        now <= end(of: device)
    }
}

// Ways in.
extension Sessions {
    /// Signs a browser in that knows the password, an operator's with the operator's `name`: the token
    /// for its cookie, and its device.
    func signIn(
        _ text: String, name: String?, _ label: String, isRemembered: Bool, from client: String,
        at now: Timestamp
    ) async throws -> (token: Bytes, device: AppDevice) {
        guard hasPassword else { throw Self.notPaired }
        let guess = try guesses.begin(by: client, at: now).letIn(at: now)
        let known = current(name)
        let matches = await check.matches(Password(text), known ?? nobody)
        // It may have been changed, or its owner removed, meanwhile.
        let isRight = matches.map { $0 && known != nil && known == current(name) }
        let (end, left) = guesses.ended(guess, isRight: isRight, at: now)
        guard let isRight else { throw GuessGuard.busy }
        guard isRight else {
            if let end { throw GuessGuard.paused(until: end, at: now) }
            throw Self.wrongPassword(left, isOperators: operators != nil)
        }
        return try await admit(
            label, name.flatMap(known(operator:)), isOwner: true, isRemembered: isRemembered,
            at: now)
    }

    /// The password that holds: of the operator called `name`, or of all.
    private func current(_ name: String?) -> PasswordHash? {
        guard let operators else { return password }
        return operators[(name ?? "").lowercased()]?.password
    }

    /// Signs a browser in that was given a code; the first one of an owner may set the password, and an
    /// operator's sets the operator's.
    func pair(
        code: String, newPassword: String?, label: String?, from client: String, at now: Timestamp
    ) async throws -> (token: Bytes, device: AppDevice) {
        if let newPassword { try Self.checkLength(newPassword) }
        let guess = try codeGuesses.begin(by: client, at: now).letIn(at: now)
        let invitation = codes.invitation(by: code, at: now)
        let isOver = codes.isOver(code, at: now)
        let (end, left) = codeGuesses.ended(guess, isRight: invitation != nil, at: now)
        guard let invitation else {
            if let end { throw GuessGuard.paused(until: end, at: now) }
            throw isOver ? Self.codeExpired : Self.wrongCode(left)
        }
        guard invitation.isOwner || newPassword == nil else { throw Self.viewer }
        if newPassword == nil, let name = invitation.operatorName, known(operator: name) == nil {
            throw Self.passwordNeeded
        }
        // Where too many passwords are being looked at, the code goes on waiting.
        var hash: PasswordHash?
        if let newPassword { hash = try await self.hash(newPassword) }
        guard codes.take(code, at: now) != nil else { throw Self.codeExpired }
        if let hash { try await set(hash, of: invitation.operatorName, at: now) }
        let label = label.flatMap { $0.isEmpty ? nil : $0 } ?? invitation.label
        return try await admit(
            label, invitation.operatorName, isOwner: invitation.isOwner, isRemembered: true,
            at: now)
    }

    /// A new code, in two groups, and when it ends.
    func invite(
        isOwner: Bool, label: String, operatorName: String? = nil, isFirst: Bool = false,
        at now: Timestamp
    ) -> (code: String, expiresAt: Timestamp) {
        let time = isFirst ? Self.pairingTime : Self.invitationTime
        let end = Timestamp(milliseconds: now.milliseconds + time)
        let invitation = PairingCodes.Invitation(
            isOwner: isOwner, label: label, operatorName: operatorName, expiresAt: end)
        return (OneTimeCode.spaced(codes.make(invitation, at: now)), end)
    }

    private func admit(
        _ label: String, _ operatorName: String?, isOwner: Bool, isRemembered: Bool,
        at now: Timestamp
    ) async throws -> (token: Bytes, device: AppDevice) {
        try await removeSuperfluous(at: now)
        let token = Bytes.random(count: 32)
        let device = try await store.add(
            AppDevice(
                tokenHash: SHA256.hash(token), label: label, operatorName: operatorName,
                isOwner: isOwner, isRemembered: isRemembered, madeAt: now))
        devices[device.tokenHash] = device
        return (token, device)
    }

    /// Makes room for one more device.
    private func removeSuperfluous(at now: Timestamp) async throws {
        var gone = devices.values.filter { !Self.isCurrent($0, at: now) }
        let rest = devices.values.filter { Self.isCurrent($0, at: now) }
        if rest.count >= Self.mostDevices, let oldest = rest.min(by: { $0.seenAt < $1.seenAt }) {
            gone.append(oldest)
        }
        try await end(gone)
    }
}

// What a signed-in owner does.
extension Sessions {
    /// The devices that are signed in, in the order in which they came.
    func list() -> [AppDevice] { devices.values.sorted { $0.id < $1.id } }

    /// Signs the device with the number `id` out; false if there is none, or if it is another
    /// operator's than `viewer` is.
    func remove(_ id: Int64, asSeenBy viewer: AppDevice?) async throws -> Bool {
        guard let device = devices.values.first(where: { $0.id == id }),
            viewer == nil || viewer?.operatorName == device.operatorName
        else { return false }
        try await end([device])
        return true
    }

    /// Sets the password, of the operator called `name` where there are several, and ends all sessions
    /// that it opened but the one of `keeping`.
    func change(
        _ text: String, of name: String?, keeping: AppDevice?, at now: Timestamp
    ) async throws {
        try Self.checkLength(text)
        if let operators {
            guard let name else {
                throw Problem.badRequest("say which operator's password it is: --operator NAME")
            }
            guard operators[name.lowercased()] != nil else {
                throw Problem.notFound("there is no such operator")
            }
        }
        try await set(hash(text), of: name, at: now)
        try await end(
            devices.values.filter {
                $0.id != keeping?.id && (operators == nil || Self.isSame($0.operatorName, name))
            })
    }

    private func hash(_ password: String) async throws -> PasswordHash {
        guard let hash = await check.hash(Password(password)) else { throw GuessGuard.busy }
        return hash
    }

    private func set(
        _ hash: PasswordHash, of name: String?, at now: Timestamp
    ) async throws {
        guard let operators else {
            try await store.set(hash)
            password = hash
            return
        }
        guard let name else { throw Problem.badRequest("say which operator's password it is") }
        let key = name.lowercased()
        guard operators[key] != nil || operators.count < Self.mostOperators else {
            throw Problem.conflict("there are \(Self.mostOperators) operators; remove one")
        }
        let known = operators[key]
        let one = AppOperator(
            name: known?.name ?? name, password: hash, madeAt: known?.madeAt ?? now)
        try await store.set(one)
        self.operators?[key] = one
    }

    private static func isSame(_ one: String?, _ other: String?) -> Bool {
        one?.lowercased() == other?.lowercased()
    }

    private func end(_ gone: [AppDevice]) async throws {
        guard !gone.isEmpty else { return }
        for device in gone { devices[device.tokenHash] = nil }
        try await store.remove(gone.map(\.id))
    }
}

// Operators, where there are several.
extension Sessions {
    /// Whether several operators have passwords of their own.
    var hasOperators: Bool { operators != nil }

    /// The operators, in the order in which they came, each with the devices that it is signed in on.
    func people() -> [(one: AppOperator, devices: [AppDevice])] {
        let all = (operators ?? [:]).values
        return all.sorted { ($0.madeAt, $0.name) < ($1.madeAt, $1.name) }.map { one in
            (one, list().filter { Self.isSame($0.operatorName, one.name) })
        }
    }

    /// The operator's name as it is written; nil if nobody has it.
    func known(operator name: String) -> String? { operators?[name.lowercased()]?.name }

    /// Removes an operator, and ends its sessions. Throws for one that there is not, and for the last
    /// one: nobody could let others in.
    func remove(operator name: String) async throws {
        guard let one = operators?[name.lowercased()] else {
            throw Problem.notFound("there is no such operator")
        }
        guard (operators?.count ?? 0) > 1 else {
            throw Problem.conflict(
                "\(one.name) is the only operator; let another in first", code: "last-operator")
        }
        operators?[name.lowercased()] = nil
        try await store.remove(operator: one.name)
        codes.withdraw(operator: one.name)
        try await end(devices.values.filter { Self.isSame($0.operatorName, one.name) })
    }
}

// What goes wrong.
extension Sessions {
    static let signedOut = Problem(
        status: 401, title: "Signed out", detail: "sign in to the app first", code: "signed-out")
    static let viewer = Problem(
        status: 403, title: "Viewer", detail: "a viewer looks and changes nothing; ask an owner",
        code: "viewer")
    static let passwordNeeded = Problem(
        status: 422, title: "A password is needed", detail: "choose a password with the code",
        code: "password-needed")
    static let notPaired = Problem(
        status: 409, title: "Not paired",
        detail: "the app has no password yet: `busbar app pair` on the node shows a code",
        code: "not-paired")

    private static func wrongPassword(_ left: Int, isOperators: Bool) -> Problem {
        let values = [JSON.Member("triesLeft", .number(left))]
        guard isOperators else {
            return Problem(
                status: 401, title: "Wrong password",
                detail: "that is not the app's password; \(left) more before a pause",
                code: "wrong-password", values: values)
        }
        // Which of the two is wrong is not said: that would tell who is an operator.
        return Problem(
            status: 401, title: "Wrong name or password",
            detail: "no operator has this name and password; \(left) more before a pause",
            code: "wrong-operator", values: values)
    }

    private static let codeExpired = Problem(
        status: 410, title: "Code expired",
        detail: "the code was used, or is too old; `busbar app pair` on the node makes a new one",
        code: "code-expired")

    private static func wrongCode(_ left: Int) -> Problem {
        Problem(
            status: 401, title: "Wrong code",
            detail: "no such code waits; `busbar app pair` on the node makes a new one",
            code: "wrong-code", values: [JSON.Member("triesLeft", .number(left))])
    }

    private static func checkLength(_ password: String) throws(Problem) {
        guard leastPasswordLength...Password.limit ~= password.utf8.count else {
            throw Problem(
                status: 422, title: "Password too short",
                detail: "a password has at least \(leastPasswordLength) letters",
                code: "password-too-short",
                values: [JSON.Member("least", .number(leastPasswordLength))])
        }
    }
}
