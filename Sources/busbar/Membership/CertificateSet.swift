import Glibc
import Keys

/// A node's two certificates with their keys: one for other nodes, one for its owner's programs.
struct CertificateSet {
    /// By what other nodes know it.
    let node: NodeCertificate
    /// What its API shows.
    let api: NodeCertificate

    /// Makes both for the node called `name`, whose API is reached as `hosts` besides localhost.
    init(name: String, hosts: [String], days: UInt32) throws {
        node = try NodeCertificate(
            selfSigned: CertificateSubject(commonName: name, days: days))
        api = try Self.api(of: name, hosts: hosts, days: min(days, 397))
    }

    /// Makes the one for the API of the node called `name`, which is reached as `hosts` besides
    /// localhost.
    static func api(of name: String, hosts: [String], days: UInt32) throws -> NodeCertificate {
        var subject = CertificateSubject(commonName: name + " API", days: days)
        subject.addresses += hosts.filter(Self.isAddress)
        subject.hostNames += hosts.filter { !Self.isAddress($0) }
        return try NodeCertificate(selfSigned: subject)
    }

    /// Writes the four files to `directory`, which is made for the owner alone where it is
    /// missing; throws where one of them stands already, before any is written.
    func write(to directory: String) throws {
        try DurableFile.makePrivateDirectory(at: directory)
        let files: [(name: String, content: [UInt8], readers: DurableFile.Readers)] = [
            ("node-key.pem", node.keyPEM, .owner), ("node.pem", node.certificatePEM, .everyone),
            ("api-key.pem", api.keyPEM, .owner), ("api.pem", api.certificatePEM, .everyone),
        ]
        for file in files where access("\(directory)/\(file.name)", F_OK) == 0 {
            throw FileError.exists(path: "\(directory)/\(file.name)")
        }
        for file in files {
            try DurableFile.write(
                file.content, to: "\(directory)/\(file.name)", readableBy: file.readers,
                existing: .keep)
        }
    }

    private static func isAddress(_ host: String) -> Bool {
        var storage = in6_addr()
        return inet_pton(AF_INET, host, &storage) == 1 || inet_pton(AF_INET6, host, &storage) == 1
    }
}
