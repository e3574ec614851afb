/// Whom a certificate is for, and for how long.
package struct CertificateSubject: Hashable, Sendable {
    /// The common name: the node's name, for people.
    package var commonName: String
    /// Host names under which it is reached.
    package var hostNames: [String]
    /// IP addresses under which it is reached.
    package var addresses: [String]
    /// For how many days from now it holds.
    package var days: UInt32

    /// Puts a subject together; by default for a node that is reached on its own machine.
    package init(
        commonName: String, hostNames: [String] = ["localhost"],
        addresses: [String] = ["127.0.0.1", "::1"], days: UInt32 = 825
    ) {
        self.commonName = commonName
        self.hostNames = hostNames
        self.addresses = addresses
        self.days = days
    }

    /// The alternative names as the library's configuration language has them.
    ///
    /// Throws for names with characters that would mean something else in that language.
    var alternativeNames: String? {
        get throws(CertificateError) {
            for name in hostNames + addresses { try Self.check(name) }
            let names = hostNames.map { "DNS:\($0)" } + addresses.map { "IP:\($0)" }
            return names.isEmpty ? nil : names.joined(separator: ",")
        }
    }

    private static func check(_ name: String) throws(CertificateError) {
        let allowed = name.utf8.allSatisfy { character in
            switch character {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: ":"), UInt8(ascii: "*"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard allowed, !name.isEmpty, name.utf8.count <= 253 else { throw .name(name) }
    }
}
