import API
import ArgumentParser
import Client
import Console
import Keys
import Node
import Protocol

extension MemberCommand {
    struct Join: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have a new household registered, by the code of its aggregator.",
            discussion: """
                Sends the addresses of the account and of the meter's key and the hash of the node's \
                certificate to the aggregator, signed by both keys; no secret. The aggregator's \
                operator gives the code, where its API is and the SHA-256 of the certificate that it \
                shows. May be called again, until it is final.
                """)

        @Option(help: "The file of the household's node, as `busbar member new` made it.")
        var config: String

        @Option(help: "The code that the aggregator gave.")
        var code: String

        @Option(help: ArgumentHelp("Where the aggregator's API is.", valueName: "url"))
        var at: String

        @Option(help: "The SHA-256 of the certificate that it shows.")
        var fingerprint: Hash32?

        @Option(help: "That certificate (PEM), in place of --fingerprint.")
        var certificate: String?

        @Option(help: "How many seconds to wait until it is final.")
        var wait = 60

        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
            guard (fingerprint == nil) != (certificate == nil) else {
                throw ValidationError("Give either --fingerprint or --certificate.")
            }
            try check("--wait", wait, in: 0...3_600)
        }

        func run() throws {
            let body = try application().encoded
            let http = try client()
            let end = SystemClock.now.milliseconds + UInt64(wait) * 1_000
            while true {
                let answer = try http.post("/api/v1/registrations", json: body)
                switch answer.status {
                case 201: return try report(answer.json)
                case 202, 503: break
                default:
                    let detail = (try? answer.json["detail"]?.text) ?? answer.text
                    throw CommandFailure(.refused, "the aggregator refuses: \(detail)")
                }
                guard SystemClock.now.milliseconds < end else {
                    throw CommandFailure(
                        .late, "the registration is not final yet; call this again to wait for it")
                }
                Terminal.pause(milliseconds: 1_000)
            }
        }

        private func report(_ answer: JSON) throws {
            guard !json else { return Terminal.say(answer.pretty) }
            guard let account = answer["account"]?.address, let role = answer["role"]?.text,
                let power = answer["ratedPowerWatts"]?.integer
            else { throw CommandFailure(.failed, "the aggregator's answer is none of its kind") }
            Terminal.say("registered \(account.checksummed) as \(role), \(power) W")
        }

        private func client() throws -> PinnedHTTP {
            if let fingerprint {
                return try PinnedHTTP(url: at, fingerprint: fingerprint, timeoutSeconds: 30)
            }
            return try PinnedHTTP(url: at, certificate: certificate ?? "", timeoutSeconds: 30)
        }

        /// What is sent, signed for the chain of the node's own genesis.
        private func application() throws -> JSON {
            let node = try NodeConfiguration(file: config)
            guard node.role == .household, let account = node.account, let meter = node.meter
            else {
                throw CommandFailure(
                    .failed,
                    "\(config): is no household's; others are registered with busbar member register"
                )
            }
            let accountKey = try unlock(account)
            let meterKey = try unlock(meter.keys)
            let genesis = try GenesisFile.read(node.genesisFile)
            let application = MemberApplication(
                code: OneTimeCode.plain(code), account: accountKey.address,
                meterKey: meterKey.address,
                certificateHash: try CertificateDetails(file: node.tls.certificate).fingerprint)
            let digest = application.digest(
                in: SigningDomain(
                    chainID: genesis.chainID,
                    genesisHash: try MemberDirectoryMaker.origin(
                        of: genesis, in: node.genesisFile)))
            func signature(_ key: PrivateKey) -> JSON {
                .string("0x" + Hexadecimal.encode(key.sign(digest).bytes))
            }
            return [
                "code": .string(application.code), "account": .address(application.account),
                "meterKey": .address(application.meterKey),
                "certificateHash": .hash(application.certificateHash),
                "accountSignature": signature(accountKey), "meterSignature": signature(meterKey),
            ]
        }

        private func unlock(_ files: KeyFiles) throws -> PrivateKey {
            try Keystore.unlock(file: files.keystore, passwordFile: files.passwordFile)
        }
    }
}
