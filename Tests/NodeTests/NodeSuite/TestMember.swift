import Keys
import Market
import Peering
import Protocol
import TestKit

@testable import Node

/// A member of a community whose nodes run in this process: a directory with keys, a certificate
/// and ports of loopback, as `busbar member new` makes it.
struct TestMember {
    let role: NodeRole
    let directory: String
    let account: PrivateKey
    let p2p: Endpoint
    let rpc: Endpoint
    let app: Endpoint
    /// What the genesis says of it.
    let member: Member
    let name: String

    init(_ name: String, _ role: NodeRole, in place: String) throws {
        self.name = name
        self.role = role
        directory = "\(place)/\(name)"
        for folder in ["", "/keys", "/tls", "/data"] {
            try DurableFile.makePrivateDirectory(at: directory + folder)
        }
        account = try MemberKey.account.make(in: directory)
        let meter = role == .household ? try MemberKey.meter.make(in: directory) : nil
        if role == .validator { try MemberKey.account.neverVotedMark(in: directory).make() }
        let certificate = try NodeCertificate(selfSigned: CertificateSubject(commonName: name))
        try certificate.write(
            certificateFile: directory + "/tls/node.pem", keyFile: directory + "/tls/node-key.pem")
        p2p = Endpoint(host: "127.0.0.1", port: Int(try TakenPort.free()))
        rpc = Endpoint(host: "127.0.0.1", port: Int(try TakenPort.free()))
        app = Endpoint(host: "127.0.0.1", port: Int(try TakenPort.free()))
        member = .fixture(
            account.address, Self.memberRole(of: role),
            meter: meter?.address ?? .zero, certificate: certificate.fingerprint)
    }

    private static func memberRole(of role: NodeRole) -> MemberRole {
        switch role {
        case .validator: .validator
        case .aggregator: .aggregator
        default: .prosumer
        }
    }

    /// The ledger's file.
    var database: String { directory + "/data/chain.sqlite" }

    /// What its node is told: to dial `peers`.
    func configuration(
        genesis: String, aggregator: Address, peers: [Endpoint]
    ) -> NodeConfiguration {
        func files(of key: MemberKey) -> KeyFiles {
            KeyFiles(
                keystore: "\(directory)/\(key.files.keystore)",
                passwordFile: "\(directory)/\(key.files.passwordFile)")
        }
        var configuration = NodeConfiguration(
            name: name, role: role, dataDirectory: directory + "/data", genesisFile: genesis,
            account: files(of: .account),
            tls: CertificateFiles(
                certificate: directory + "/tls/node.pem", key: directory + "/tls/node-key.pem"),
            p2p: PeerSettings(listen: p2p, advertised: p2p, peers: peers))
        configuration.rpc = rpc
        guard role == .household || role == .aggregator else { return configuration }
        configuration.app = AppConfiguration(listen: app)
        guard role == .household else {
            configuration.aggregator = AggregatorConfiguration(
                database: directory + "/data/aggregator.sqlite")
            return configuration
        }
        configuration.meter = MeterConfiguration(keys: files(of: .meter), source: .manual)
        var household = HouseholdSettings(aggregator: aggregator)
        household.limits.isEnabled = false
        configuration.household = household
        return configuration
    }
}
