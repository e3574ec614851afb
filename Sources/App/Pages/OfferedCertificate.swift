import API
package import Keys
package import Protocol

/// The certificate that the app shows over https, for devices that are to trust it.
package struct OfferedCertificate: Sendable {
    private let name: String
    private let pem: Bytes
    private let details: CertificateDetails
    /// The host that the API listens on.
    private let host: String

    /// The certificate in `pem`, of a node called `name` whose API listens on `host`.
    package init(name: String, pem: Bytes, host: String) throws(CertificateError) {
        self.name = name
        self.pem = pem
        self.host = host
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

    /// The file for the device.
    var file: Reply { Reply(type: "application/x-x509-ca-cert", body: pem) }
}
