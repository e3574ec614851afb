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

    private let store: AppStore
    private let token: Hash32
    private let check = PasswordCheck()
    private var password: PasswordHash?
    private var devices: [Hash32: AppDevice]
    private var attempts = SignInGuard()
    private var codes = PairingCodes()

    /// What `store` holds, and programs that know `token`. Blocks the calling thread.
    package init(store: AppStore, token: Bytes) throws(StorageError) {
        self.store = store
        self.token = SHA256.hash(token)
        password = try store.password()
        devices = Dictionary(
            try store.devices().map { ($0.tokenHash, $0) }, uniquingKeysWith: { $1 })
    }

    /// Whether the app has a password: before that, a code of the node's is the only way in.
    var hasPassword: Bool { password != nil }

    /// The visitor whom `credentials` belong to; nil for nobody.
    func visitor(_ credentials: Credentials, at now: Timestamp) async throws -> Visitor? {
        if let token = credentials.token, SHA256.hash(token) == self.token {
            return Visitor(device: nil, isOwner: true)
        }
        guard let cookie = credentials.cookie else { return nil }
        let hash = SHA256.hash(cookie)
        guard var device = devices[hash] else { return nil }
        guard Self.isCurrent(device, at: now) else {
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

    private static func isCurrent(_ device: AppDevice, at now: Timestamp) -> Bool {
        let idle = device.isRemembered ? idleDays * day : day
        return now.millisecondsSince(device.seenAt) <= idle
            && now.millisecondsSince(device.madeAt) <= 365 * day
    }
}

// Ways in.
extension Sessions {
    /// Signs a browser in that knows the password: the token for its cookie, and its device.
    func signIn(
        _ text: String, _ label: String, isRemembered: Bool, from client: String, at now: Timestamp
    ) async throws -> (token: Bytes, device: AppDevice) {
        if let end = attempts.pause(of: client, at: now) { throw Self.paused(until: end, at: now) }
        guard let password else { throw Self.notPaired }
        guard let isRight = await check.matches(Password(text), password) else {
            throw Problem.busy("others are signing in; try again")
        }
        guard isRight else {
            let left = attempts.wrong(by: client, at: now)
            if let end = attempts.pause(of: client, at: now) {
                throw Self.paused(until: end, at: now)
            }
            throw Problem(
                status: 401, title: "Wrong password",
                detail: "that is not the app's password; \(left) more before a pause",
                code: "wrong-password", values: [JSON.Member("triesLeft", .number(left))])
        }
        attempts.right(by: client)
        return try await admit(label, isOwner: true, isRemembered: isRemembered, at: now)
    }

    /// Signs a browser in that was given a code; the first one of an owner may set the password.
    func pair(
        code: String, newPassword: String?, label: String?, at now: Timestamp
    ) async throws -> (token: Bytes, device: AppDevice) {
        if let newPassword { try Self.checkLength(newPassword) }
        guard let invitation = codes.take(code, at: now) else {
            throw Problem(
                status: 401, title: "Wrong code",
                detail: "no such code waits; `busbar app pair` on the node makes a new one",
                code: "wrong-code")
        }
        if let newPassword {
            guard invitation.isOwner else { throw Self.viewer }
            try await set(newPassword)
        }
        let label = label.flatMap { $0.isEmpty ? nil : $0 } ?? invitation.label
        return try await admit(label, isOwner: invitation.isOwner, isRemembered: true, at: now)
    }

    /// A new code, in two groups, and when it ends.
    func invite(
        isOwner: Bool, label: String, isFirst: Bool = false, at now: Timestamp
    ) -> (code: String, expiresAt: Timestamp) {
        let time = isFirst ? Self.pairingTime : Self.invitationTime
        let end = Timestamp(milliseconds: now.milliseconds + time)
        let invitation = PairingCodes.Invitation(isOwner: isOwner, label: label, expiresAt: end)
        return (OneTimeCode.spaced(codes.make(invitation, at: now)), end)
    }

    private func admit(
        _ label: String, isOwner: Bool, isRemembered: Bool, at now: Timestamp
    ) async throws -> (token: Bytes, device: AppDevice) {
        try await removeSuperfluous(at: now)
        let token = Bytes.random(count: 32)
        let device = try await store.add(
            AppDevice(
                tokenHash: SHA256.hash(token), label: label, isOwner: isOwner,
                isRemembered: isRemembered, madeAt: now))
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

    /// Signs the device with the number `id` out; false if there is none.
    func remove(_ id: Int64) async throws -> Bool {
        guard let device = devices.values.first(where: { $0.id == id }) else { return false }
        try await end([device])
        return true
    }

    /// Sets the password and ends all sessions but the one of `keeping`.
    func change(_ text: String, keeping: AppDevice?) async throws {
        try Self.checkLength(text)
        try await set(text)
        try await end(devices.values.filter { $0.id != keeping?.id })
    }

    private func set(_ text: String) async throws {
        guard let hash = await check.hash(Password(text)) else {
            throw Problem.busy("others are signing in; try again")
        }
        try await store.set(hash)
        password = hash
    }

    private func end(_ gone: [AppDevice]) async throws {
        guard !gone.isEmpty else { return }
        for device in gone { devices[device.tokenHash] = nil }
        try await store.remove(gone.map(\.id))
    }
}

// What goes wrong.
extension Sessions {
    static let signedOut = Problem(
        status: 401, title: "Signed out", detail: "sign in to the app first", code: "signed-out")
    static let viewer = Problem(
        status: 403, title: "Viewer", detail: "a viewer looks and changes nothing; ask an owner",
        code: "viewer")
    static let notPaired = Problem(
        status: 409, title: "Not paired",
        detail: "the app has no password yet: `busbar app pair` on the node shows a code",
        code: "not-paired")

    private static func paused(until end: Timestamp, at now: Timestamp) -> Problem {
        Problem(
            status: 429, title: "Too many tries", detail: "wait before the next password",
            retryAfter: Int(end.millisecondsSince(now) / 1_000) + 1, code: "paused",
            values: [JSON.Member("until", .time(end))])
    }

    private static func checkLength(_ password: String) throws(Problem) {
        guard leastPasswordLength...Password.limit ~= password.utf8.count else {
            throw Problem(
                status: 422, title: "Password too short",
                detail: "a password has at least \(leastPasswordLength) letters",
                code: "password-too-short")
        }
    }
}
