import Foundation
import Protocol
import TestKit
import Testing
import Keys

@Suite struct CertificateTests {
    @Test func `a self-signed certificate survives PEM with its fingerprint`() throws {
        let made = try NodeCertificate(selfSigned: CertificateSubject(commonName: "h01"))
        let read = try NodeCertificate(certificatePEM: made.certificatePEM, keyPEM: made.keyPEM)
        #expect(read.fingerprint == made.fingerprint)
        #expect(
            try NodeCertificate.fingerprint(ofPEM: made.certificatePEM) == made.fingerprint)
        let text = String(decoding: made.certificatePEM, as: UTF8.self)
        let body = text.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
        let der = try #require(Data(base64Encoded: body))
        #expect(made.fingerprint == SHA256.hash(Array(der)))
    }

    @Test func `an authority signs what it issues, and nothing else bears its signature`() throws {
        let authority = try CertificateAuthority(name: "Example community CA")
        let other = try CertificateAuthority(name: "Example community CA")
        let node = try authority.issue(CertificateSubject(commonName: "v1"))
        #expect(authority.hasSigned(certificatePEM: node.certificatePEM))
        #expect(!other.hasSigned(certificatePEM: node.certificatePEM))
        #expect(!authority.hasSigned(certificatePEM: Array("nothing".utf8)))
        let read = try CertificateAuthority(
            certificatePEM: authority.certificatePEM, keyPEM: authority.keyPEM)
        let second = try read.issue(CertificateSubject(commonName: "v2"))
        #expect(authority.hasSigned(certificatePEM: second.certificatePEM))
        #expect(second.fingerprint != node.fingerprint)
    }

    @Test func `openssl verifies the chain, the host and the uses`() throws {
        try withTemporaryDirectory { directory in
            let authority = try CertificateAuthority(name: "Example community CA")
            try authority.write(
                certificateFile: directory + "/ca.pem", keyFile: directory + "/ca-key.pem")
            let subject = CertificateSubject(
                commonName: "v1", hostNames: ["localhost", "v1.example.net"])
            try authority.issue(subject).write(
                certificateFile: directory + "/v1.pem", keyFile: directory + "/v1-key.pem")
            #expect(try permissions(of: directory + "/v1-key.pem") == 0o600)
            #expect(try permissions(of: directory + "/v1.pem") == 0o644)
            let common = ["verify", "-x509_strict", "-CAfile", directory + "/ca.pem"]
            for arguments in [
                ["-purpose", "sslserver", "-verify_ip", "127.0.0.1"],
                ["-purpose", "sslserver", "-verify_ip", "::1"],
                ["-purpose", "sslserver", "-verify_hostname", "v1.example.net"],
                ["-purpose", "sslclient"],
            ] {
                #expect(try openssl(common + arguments + [directory + "/v1.pem"]) == 0)
            }
            let wrong = ["-verify_hostname", "other.example.net", directory + "/v1.pem"]
            #expect(try openssl(common + wrong) != 0)
        }
    }

    @Test func `a testnet's authority holds for the machine itself alone`() throws {
        try withTemporaryDirectory { directory in
            let authority = try CertificateAuthority(name: "Testnet CA", isLocal: true)
            try authority.write(
                certificateFile: directory + "/ca.pem", keyFile: directory + "/ca-key.pem")
            func verifies(_ name: String, hosts: [String], addresses: [String]) throws -> Bool {
                let subject = CertificateSubject(
                    commonName: name, hostNames: hosts, addresses: addresses)
                try authority.issue(subject).write(
                    certificateFile: "\(directory)/\(name).pem",
                    keyFile: "\(directory)/\(name)-key.pem")
                return try openssl([
                    "verify", "-x509_strict", "-CAfile", directory + "/ca.pem",
                    "\(directory)/\(name).pem",
                ]) == 0
            }
            #expect(
                try verifies(
                    "v1", hosts: ["localhost"], addresses: ["127.0.0.1", "127.9.9.9", "::1"]))
            #expect(try !verifies("a", hosts: ["bank.example"], addresses: []))
            #expect(try !verifies("b", hosts: [], addresses: ["192.0.2.1"]))
            #expect(try !verifies("c", hosts: [], addresses: ["2001:db8::1"]))
        }
    }

    @Test func `a node's certificate is no authority's`() throws {
        let authority = try CertificateAuthority(name: "Example community CA")
        let node = try authority.issue(CertificateSubject(commonName: "v1"))
        #expect(throws: CertificateError.self) {
            try CertificateAuthority(certificatePEM: node.certificatePEM, keyPEM: node.keyPEM)
        }
    }

    @Test func `a key of another certificate is refused`() throws {
        let first = try NodeCertificate(selfSigned: CertificateSubject(commonName: "a"))
        let second = try NodeCertificate(selfSigned: CertificateSubject(commonName: "b"))
        #expect(throws: CertificateError.foreignKey) {
            try NodeCertificate(certificatePEM: first.certificatePEM, keyPEM: second.keyPEM)
        }
        #expect(throws: CertificateError.unreadable(what: "certificate")) {
            try NodeCertificate(certificatePEM: first.keyPEM, keyPEM: first.keyPEM)
        }
    }

    @Test(arguments: ["a,IP:10.0.0.1", "", "a\nb", "white space"])
    func `a host name that would mean something else is refused`(_ name: String) {
        #expect(throws: CertificateError.name(name)) {
            try NodeCertificate(
                selfSigned: CertificateSubject(commonName: "x", hostNames: [name]))
        }
    }

    @Test(arguments: ["", "a\u{7}b", String(repeating: "x", count: 65)])
    func `a common name that cannot stand is refused`(_ name: String) {
        #expect(throws: CertificateError.name(name)) {
            try NodeCertificate(selfSigned: CertificateSubject(commonName: name))
        }
    }

    private func openssl(_ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
