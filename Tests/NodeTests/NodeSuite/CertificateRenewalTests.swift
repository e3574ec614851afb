import Client
import Foundation
import Keys
import Logging
import Peering
import Protocol
import Synchronization
import TestKit
import Testing

@testable import Node

/// What a node's API shows to real clients over TLS, before and after its files change.
@Suite struct `The certificate of a node's API` {
    /// Runs a node whose API is called `names`, and lets `body` at it and at what it logs.
    private func withNode(
        names: [String] = [],
        _ body: (_ node: RunningNode, _ files: Files, _ log: Lines) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory)
            let files = try Files(
                in: directory, port: Int(try TakenPort.free()), names: names)
            try files.write(try files.make())
            let lines = Lines()
            try await community.running(
                community.validators[0], api: files.settings, logger: lines.logger
            ) { try await body($0, files, lines) }
        }
    }

    /// The files of a certificate.
    private struct Files {
        let settings: APISettings
        private let names: [String]

        init(in directory: String, port: Int, names: [String]) throws {
            settings = APISettings(
                listen: Endpoint(host: "127.0.0.1", port: port),
                tls: CertificateFiles(
                    certificate: directory + "/api.pem", key: directory + "/api-key.pem"),
                names: names)
            self.names = names
        }

        func make(days: UInt32 = 300) throws -> NodeCertificate {
            try NodeCertificate(
                selfSigned: CertificateSubject(
                    commonName: "api", hostNames: ["localhost"] + names, days: days))
        }

        func write(_ made: NodeCertificate) throws {
            try made.write(certificateFile: settings.tls.certificate, keyFile: settings.tls.key)
        }

        /// What a client that trusts `certificate` alone is answered, on a connection of its own.
        func ask(trusting certificate: NodeCertificate) async throws -> Int {
            try await BlockingCall.run { [settings] in
                let http = try PinnedHTTP(
                    url: "https://\(settings.listen)", fingerprint: certificate.fingerprint)
                return try http.get("/api/v1/status").status
            }
        }
    }

    /// What is logged.
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])

        func about(_ text: String) -> [String] {
            lines.withLock { $0.filter { $0.contains(text) } }
        }

        var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

        private struct Handler: LogHandler {
            let lines: Lines
            var logLevel = Logger.Level.info
            var metadata: Logger.Metadata = [:]

            subscript(metadataKey key: String) -> Logger.Metadata.Value? {
                get { metadata[key] }
                set { metadata[key] = newValue }
            }

            func log(event: LogEvent) {
                lines.lines.withLock { $0.append("\(event.level) \(event.message)") }
            }
        }
    }

    @Test func `is the new one for new connections, while old ones go on`() async throws {
        try await withNode { node, files, log in
            let old = try node.node.oldCertificate(files.settings)
            let kept = try PinnedHTTP(
                url: "https://\(files.settings.listen)",
                certificate: files.settings.tls.certificate)
            let before = try await BlockingCall.run { try kept.get("/api/v1/status").status }
            #expect(before == 200)
            let new = try files.make()
            try files.write(new)
            // Nothing changes before the files are looked at, and nothing is told twice.
            #expect(node.node.certificates?.offered.fingerprint == old)
            node.node.certificates?.look()
            node.node.certificates?.look()
            #expect(try await files.ask(trusting: new) == 200)
            #expect(node.node.certificates?.offered.fingerprint == new.fingerprint)
            let still = try await BlockingCall.run { try kept.get("/api/v1/status").status }
            #expect(still == 200)
            #expect(log.about("shows a new certificate").count == 1)
        }
    }

    @Test func `stays the old one where the files are no pair, and that is said once`()
        async throws
    {
        try await withNode { node, files, log in
            let (old, other) = (try files.make(), try files.make())
            try files.write(old)
            node.node.certificates?.look()
            let tls = files.settings.tls
            try DurableFile.write(
                other.certificatePEM, to: tls.certificate, readableBy: .everyone)
            node.node.certificates?.look()
            node.node.certificates?.look()
            #expect(try await files.ask(trusting: old) == 200)
            let wrong = "the old one stays: \(tls.certificate): cannot be used with \(tls.key)"
            #expect(log.about(wrong).count == 1)
            try DurableFile.write(Array("nonsense".utf8), to: tls.certificate)
            node.node.certificates?.look()
            #expect(log.about("the old one stays").count == 2)
            try FileManager.default.removeItem(atPath: tls.key)
            node.node.certificates?.look()
            node.node.certificates?.look()
            #expect(log.about("the old one stays").count == 3)
            #expect(try await files.ask(trusting: old) == 200)
            // Others may read the key: it is not used, though it belongs to the certificate.
            try files.write(other)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o644], ofItemAtPath: tls.key)
            node.node.certificates?.look()
            #expect(try await files.ask(trusting: old) == 200)
            try files.write(other)
            node.node.certificates?.look()
            #expect(try await files.ask(trusting: other) == 200)
        }
    }

    @Test func `is said to end soon, and to lack a name, once a day`() async throws {
        try await withNode(names: ["busbar.local"]) { node, files, log in
            #expect(log.about("certificate ends").isEmpty)
            #expect(log.about("does not name").isEmpty)
            try files.write(
                NodeCertificate(
                    selfSigned: CertificateSubject(commonName: "api", days: 3)))
            node.node.certificates?.look()
            node.node.certificates?.look()
            #expect(log.about("the API's certificate ends on 20").count == 1)
            #expect(log.about("does not name busbar.local").count == 1)
        }
    }

    @Test func `is asked for by the names of the node's file, and by no others`() async throws {
        try await withNode(names: ["busbar.local", "fd00::7"]) { node, files, _ in
            for (host, status) in [
                ("busbar.local", 200), ("BUSBAR.local", 200), ("[fd00::7]", 200),
                ("localhost", 200), ("elsewhere.example", 403),
            ] {
                let answer = try await node.client.exchange(
                    "GET /api/v1/app HTTP/1.1\r\nhost: \(host):1\r\nconnection: close\r\n\r\n")
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(host)")
            }
            let json = try await node.client.get("/api/v1/certificate").json
            #expect(json["names"] == ["busbar.local", "[fd00::7]", "127.0.0.1"])
            #expect(files.settings.names.count == 2)
        }
    }
}

extension Node {
    fileprivate func oldCertificate(_ settings: APISettings) throws -> Hash32 {
        try NodeCertificate.fingerprint(ofPEM: DurableFile.read(at: settings.tls.certificate))
    }
}
