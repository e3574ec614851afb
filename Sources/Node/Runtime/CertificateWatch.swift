import App
import Keys
import Logging
import Protocol
import Synchronization
import Transport

/// The certificate of the API's port: once its files change, new connections get the new one, and the
/// node runs on.
final class CertificateWatch: Sendable {
    /// How often the files are looked at, in seconds.
    private static let seconds: Int64 = 60
    /// So many days before a certificate ends, and after, a line a day says so.
    private static let warnedDays: UInt64 = 30
    private static let day: UInt64 = 86_400_000

    private struct State {
        var server: Server?
        var offered: OfferedCertificate
        /// What the files held that is shown.
        var shown: Hash32
        /// What they held, or what was wrong with them, when they could not be used last.
        var refused: Hash32?
        var warnedAt: Timestamp?
    }

    private let settings: APISettings
    private let name: String
    private let log: Logger
    private let now: @Sendable () -> Timestamp
    private let state: Mutex<State>

    /// A watch over the files of `settings`, of a node called `name`. Blocks the calling thread.
    init(
        _ settings: APISettings, name: String, log: Logger,
        now: @escaping @Sendable () -> Timestamp
    ) throws {
        self.settings = settings
        self.name = name
        self.log = log
        self.now = now
        let files = try CertificateContents(settings.tls)
        let offered = try Self.offered(files, settings, name)
        state = Mutex(State(offered: offered, shown: files.hash))
    }

    /// A watch over the certificate of `configuration`'s API; nil without one. Blocks the calling
    /// thread.
    static func make(
        _ configuration: NodeConfiguration, log: Logger, clock: NodeClock
    ) throws -> CertificateWatch? {
        try configuration.api.map { api in
            try CertificateWatch(api, name: configuration.name, log: log) { clock.now() }
        }
    }

    private static func offered(
        _ files: CertificateContents, _ settings: APISettings, _ name: String
    ) throws(CertificateError) -> OfferedCertificate {
        try OfferedCertificate(
            name: name, pem: files.certificate, hosts: settings.shownHosts,
            port: settings.listen.port)
    }

    /// What devices are offered to trust.
    var offered: OfferedCertificate { state.withLock { $0.offered } }

    /// Looks after what `server` shows from now on.
    func begin(_ server: Server) {
        state.withLock { $0.server = server }
        warn()
    }

    /// Looks at the files again and again, until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: .seconds(Self.seconds)) } catch { return }
            look()
        }
    }

    /// Has the server show what the files hold, if that is new and belongs together; else it shows the
    /// old certificate, and one line says why. Blocks the calling thread.
    func look() {
        do {
            let files = try CertificateContents(settings.tls)
            let (shown, refused) = state.withLock { ($0.shown, $0.refused) }
            if files.hash != shown, files.hash != refused {
                do {
                    try show(files)
                } catch {
                    refuse(files.hash, error)
                }
            }
        } catch {
            refuse(SHA256.hash(Array("\(error)".utf8)), error)
        }
        warn()
    }

    private func show(_ files: CertificateContents) throws {
        let identity = try files.identity
        let offered = try Self.offered(files, settings, name)
        let server = state.withLock { $0.server }
        try server?.show(identity)
        state.withLock { state in
            (state.offered, state.shown) = (offered, files.hash)
            (state.refused, state.warnedAt) = (nil, nil)
        }
        log.notice(
            "the API shows a new certificate",
            metadata: ["sha256": "\(offered.fingerprint)", "until": "\(offered.endText)"])
    }

    /// Says what is wrong with `files`, by their hash; once for the same.
    private func refuse(_ files: Hash32, _ error: any Error) {
        let isNew = state.withLock { state in
            defer { state.refused = files }
            return state.refused != files
        }
        guard isNew else { return }
        log.warning("the API's new certificate cannot be used; the old one stays: \(error)")
    }

    /// Says once a day that the certificate ends soon, or that it lacks a name.
    private func warn() {
        let now = now()
        let offered = state.withLock { state -> OfferedCertificate? in
            if let last = state.warnedAt, now.millisecondsSince(last) < Self.day { return nil }
            state.warnedAt = now
            return state.offered
        }
        guard let offered else { return }
        if offered.end.milliseconds < now.milliseconds + Self.warnedDays * Self.day {
            log.warning(
                "the API's certificate ends on \(offered.endText): busbar certificate renew")
        }
        let missing = settings.names.filter { !offered.names($0) }
        guard !missing.isEmpty else { return }
        log.warning(
            """
            the API's certificate does not name \(missing.joined(separator: ", ")), and browsers \
            refuse it there: busbar certificate renew
            """)
    }
}

/// What the two files of a certificate hold.
struct CertificateContents {
    let certificate: Bytes
    private let key: Bytes
    private let files: CertificateFiles

    /// Reads both; throws where one cannot be read, or where others may read the key.
    init(_ files: CertificateFiles) throws(FileError) {
        self.files = files
        certificate = try DurableFile.read(at: files.certificate)
        key = try DurableFile.readSecret(at: files.key)
    }

    var hash: Hash32 {
        SHA256.hash(SHA256.hash(certificate).bytes + SHA256.hash(key).bytes)
    }

    /// Both, if they belong together.
    var identity: TLSIdentity {
        get throws(ConfigurationError) {
            do throws(TransportError) {
                return try TLSIdentity(certificatePEM: certificate, privateKeyPEM: key)
            } catch {
                throw ConfigurationError(
                    source: files.certificate,
                    problem: "cannot be used with \(files.key): \(error)")
            }
        }
    }
}
