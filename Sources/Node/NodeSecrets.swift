import Protocol
import Transport
import Keys

/// The keys that a node works with, read from the files that its configuration names.
struct NodeSecrets: Sendable {
    /// The account's key; nil for an observer.
    var account: PrivateKey?
    /// The meter's key; nil where there is no meter.
    var meter: PrivateKey?
    /// By what other nodes know this one.
    var identity: TLSIdentity
    /// The SHA-256 of that certificate.
    var certificateHash: Hash32
    /// What people's programs see; nil where there is no API.
    var api: TLSIdentity?

    /// Reads all files; throws at the first that is missing, open to others or not what it
    /// should be, naming it.
    static func read(_ configuration: NodeConfiguration) throws -> NodeSecrets {
        let files = configuration.tls
        let certificate = try DurableFile.read(at: files.certificate)
        return NodeSecrets(
            account: try configuration.account.map(unlock),
            meter: try configuration.meter.map { try unlock($0.keys) },
            identity: try CertificateContents(files).identity,
            certificateHash: try NodeCertificate.fingerprint(ofPEM: certificate),
            api: try configuration.api.map { try CertificateContents($0.tls).identity })
    }

    private static func unlock(_ files: KeyFiles) throws -> PrivateKey {
        do throws(KeystoreError) {
            return try Keystore.unlock(file: files.keystore, passwordFile: files.passwordFile)
        } catch .wrongPassword {
            throw ConfigurationError(
                source: files.passwordFile, problem: "does not open \(files.keystore)")
        }
    }
}
