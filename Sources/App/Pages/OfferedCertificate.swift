import API
package import Keys
package import Protocol

/// The certificate that the app shows over https, for devices that are to trust it.
package struct OfferedCertificate: Sendable {
    private let name: String
    private let pem: Bytes
    private let details: CertificateDetails
    /// The host that the API listens on, and its port.
    private let host: String
    private let port: Int

    /// The certificate in `pem`, of a node called `name` whose API listens on `host` and `port`.
    package init(name: String, pem: Bytes, host: String, port: Int) throws(CertificateError) {
        self.name = name
        self.pem = pem
        self.host = host
        self.port = port
        details = try CertificateDetails(pem: pem)
    }

    /// What a person compares before trusting it.
    var json: JSON {
        let digits = Hexadecimal.encode(details.fingerprint.bytes).uppercased()
        let pairs = stride(from: 0, to: digits.count, by: 2).map { start in
            String(digits.dropFirst(start).prefix(2))
        }
        return [
            "name": .string(name), "fingerprint": .string(pairs.joined(separator: ":")),
            "names": [.string(host)], "notAfter": .time(details.validUntil),
        ]
    }

    /// Where the API is, with its port.
    var address: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// By what a program knows it that has nothing else.
    var fingerprint: Hash32 { details.fingerprint }

    /// The file for the device.
    var file: Reply { Reply(type: "application/x-x509-ca-cert", body: pem) }
}
