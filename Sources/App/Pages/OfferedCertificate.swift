import API
package import Keys
package import Protocol

/// The certificate that the app shows over https, for devices that are to trust it.
package struct OfferedCertificate: Sendable {
    private let name: String
    private let pem: Bytes
    private let details: CertificateDetails
    /// By what the API is called, the most wanted first, and its port.
    private let hosts: [String]
    private let port: Int

    /// The certificate in `pem`, of a node called `name` whose API is called by `hosts`, an IPv6 address in
    /// brackets, and listens on `port`.
    package init(name: String, pem: Bytes, hosts: [String], port: Int) throws(CertificateError) {
        self.name = name
        self.pem = pem
        self.hosts = hosts
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
            "names": .array(hosts.map { .string($0) }), "notAfter": .time(details.validUntil),
        ]
    }

    /// Where the API is, with its port.
    var address: String { "\(hosts.first ?? "localhost"):\(port)" }

    /// By what a program knows it that has nothing else.
    package var fingerprint: Hash32 { details.fingerprint }

    /// Until when it holds, and that as a text.
    package var end: Timestamp { details.validUntil }
    package var endText: String { RFC3339.text(end) }

    /// Whether it names `host`, a name or an address.
    package func names(_ host: String) -> Bool {
        CertificateDetails.certificate(pem, names: host)
    }

    /// The file for the device.
    var file: Reply { Reply(type: "application/x-x509-ca-cert", body: pem) }
}
