import Console
import Client
import Ledger
import Market
import Node
import Protocol
import Keys

/// Makes the directory of a new member's node, whole or not at all.
struct MemberDirectoryMaker {
    private let request: MemberCommand.New
    private let genesis: Genesis
    private let target: TestnetDirectory
    /// Where everything is made before it gets its name.
    private let site: TestnetDirectory

    static func make(_ request: MemberCommand.New) throws -> MemberDirectory {
        let genesis = try GenesisFile.read(request.genesis)
        let target = try TestnetDirectory(request.dir)
        return try target.make { site in
            try MemberDirectoryMaker(
                request: request, genesis: genesis, target: target, site: site
            ).make()
        }
    }

    private func make() throws -> MemberDirectory {
        let origin = try Self.origin(of: genesis, in: request.genesis)
        let configuration = try configuration()
        try DurableFile.makePrivateDirectory(at: site.path + "/keys")
        let certificates = try request.certificates.make(name: request.name)
        try certificates.write(to: site.path + "/tls")
        let account = try MemberKey.account.make(in: site.path)
        let meter = request.role.isHousehold ? try MemberKey.meter.make(in: site.path) : nil
        try GenesisFile.write(genesis, to: site.genesis)
        try DurableFile.write(Array(configuration.commentedTOML.utf8), to: site.path + "/node.toml")
        // What was just written is read as the node will read it.
        _ = try NodeConfiguration(file: site.path + "/node.toml")
        return MemberDirectory(
            directory: target, chainID: genesis.chainID, chainName: genesis.name,
            genesisHash: origin,
            member: Member(
                account: account.address, role: request.role.role,
                meterKey: meter?.address ?? .zero, ratedPower: Watts(request.ratedPower ?? 0),
                certificateHash: certificates.node.fingerprint))
    }

    /// The hash of the first block of the chain that begins with what `file` says.
    static func origin(of genesis: Genesis, in file: String) throws -> Hash32 {
        do {
            return try GenesisBlock.make(genesis).block.hash
        } catch {
            throw CommandFailure(.failed, "\(file): \(error)")
        }
    }
}

extension MemberDirectoryMaker {
    private func configuration() throws -> NodeConfiguration {
        var configuration = NodeConfiguration(
            name: request.name, role: request.role.isHousehold ? .household : .observer,
            dataDirectory: "data", genesisFile: "genesis.json", account: MemberKey.account.files,
            tls: CertificateFiles(certificate: "tls/node.pem", key: "tls/node-key.pem"),
            p2p: PeerSettings(
                listen: request.listen, advertised: request.advertised, peers: request.peers))
        configuration.api = APISettings(
            listen: request.api,
            tls: CertificateFiles(certificate: "tls/api.pem", key: "tls/api-key.pem"),
            names: request.certificates.hosts)
        configuration.app = AppConfiguration(listen: request.app)
        configuration.rpc = request.rpc
        configuration.metrics = request.metrics
        guard request.role.isHousehold else { return configuration }
        configuration.meter = MeterConfiguration(
            keys: MemberKey.meter.files, source: try meterSource())
        configuration.household = HouseholdSettings(aggregator: try aggregator())
        return configuration
    }

    private func meterSource() throws -> MeterConfiguration.Source {
        guard let file = request.profile, let household = request.household else {
            return .manual
        }
        let path = try TestnetDirectory(file).path
        // As the node will read it.
        do {
            _ = try HouseholdProfile(
                file: path, household: household, connection: request.ratedPower.map { Watts($0) })
        } catch {
            throw CommandFailure(.misconfigured, "\(error)")
        }
        return .profile(file: path, household: household)
    }

    private func aggregator() throws -> Address {
        if let aggregator = request.aggregator { return aggregator }
        let known = genesis.members.filter { $0.role == .aggregator }.map(\.account)
        guard let only = known.first, known.count == 1 else {
            throw CommandFailure(
                .failed,
                "the genesis knows \(known.count) aggregators; say with --aggregator which is yours"
            )
        }
        return only
    }
}
