import Console
import API
import ArgumentParser
import Keys
import Node
import Protocol

struct CertificateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate", abstract: "Make a node's certificates, and look at one.",
        subcommands: [New.self, Renew.self, Show.self])
}

/// For whom a node's certificates are made.
struct CertificateOptions: ParsableArguments {
    @Option(
        name: .customLong("host"),
        help: "A name or address under which its API is reached, besides localhost; repeatable.")
    var hosts: [String] = []

    @Option(
        help: "For how many days the node's certificate holds; the ledger knows no other for it.")
    var days: UInt32 = 3_650

    func validate() throws {
        try check("--days", days, in: 1...36_500)
    }

    /// Makes both certificates for the node called `name`.
    func make(name: String) throws -> CertificateSet {
        try CertificateSet(name: name, hosts: hosts, days: days)
    }
}

extension CertificateCommand {
    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a self-signed certificate for a node, and one for its API.",
            discussion: """
                Writes node.pem, by which other nodes know it, and api.pem, which its owner's \
                programs see; with their keys in node-key.pem and api-key.pem. No file is replaced.
                """)

        @Option(help: "The node's name.")
        var name: String

        @Option(help: "The directory for the four files; made where it is missing.")
        var outDir: String

        @OptionGroup var certificates: CertificateOptions

        func run() throws {
            let made = try certificates.make(name: name)
            try made.write(to: outDir)
            Terminal.say("\(made.node.fingerprint)")
        }
    }

    struct Renew: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a node's self-made certificate of its API anew.",
            discussion: """
                It is for the names under [api] of the node's file, besides localhost. A node that runs \
                shows it within a minute; devices have to be told to trust it once more. The \
                certificate by which other nodes know it stays.
                """)

        @Option(help: "The node's file.")
        var config: String

        /// What stands in each certificate, or is nobody's name.
        private static let known = ["localhost", "127.0.0.1", "::1", "0.0.0.0", "::"]

        @Option(help: "For how many days it holds; browsers take no more than 397.")
        var days: UInt32 = 397

        func validate() throws {
            try check("--days", days, in: 1...3_650)
        }

        func run() throws {
            let node = try NodeConfiguration(file: config)
            guard let api = node.api else {
                throw CommandFailure(.failed, "\(config): has no [api]")
            }
            let old = try CertificateDetails(file: api.tls.certificate)
            guard old.issuer == old.subject else {
                throw CommandFailure(
                    .failed,
                    "\(api.tls.certificate): is issued by \(old.issuer); renew it where it comes from"
                )
            }
            let all = ([api.listen.host] + api.names).filter { !Self.known.contains($0) }
            let made = try CertificateSet.api(of: node.name, hosts: all, days: days)
            try made.write(certificateFile: api.tls.certificate, keyFile: api.tls.key)
            Terminal.say("\(made.fingerprint)")
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show whom a certificate is for, how long it holds, and its SHA-256.")

        @Argument(help: "The certificate (PEM).")
        var file: String

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            let details = try CertificateDetails(file: file)
            Terminal.say(json ? details.json.pretty : details.text)
        }
    }
}

extension CertificateDetails {
    init(file path: String) throws {
        let pem = try DurableFile.read(at: path)
        do throws(CertificateError) {
            try self.init(pem: pem)
        } catch {
            throw CommandFailure(.failed, "\(path): \(error)")
        }
    }
}

extension CertificateDetails {
    fileprivate var text: String {
        """
        subject  \(subject)
        issuer   \(issuer)
        valid    \(Self.text(validFrom)) to \(Self.text(validUntil))\(expiryNote)
        sha-256  \(fingerprint)
        """
    }

    /// RFC 3339, to the second, as certificates have times.
    private static func text(_ time: Timestamp) -> String {
        RFC3339.text(MarketTime(seconds: time.milliseconds / 1_000))
    }

    private var expiryNote: String {
        if SystemClock.now > validUntil { return " (expired)" }
        return SystemClock.now < validFrom ? " (not yet)" : ""
    }

    fileprivate var json: JSON {
        [
            "subject": .string(subject), "issuer": .string(issuer),
            "validFrom": .string(Self.text(validFrom)),
            "validUntil": .string(Self.text(validUntil)),
            "sha256": .string(fingerprint.description),
        ]
    }
}
