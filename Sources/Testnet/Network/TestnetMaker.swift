import Console
import Client
import Ledger
import Market
import Node
import Peering
import Protocol
import Keys

/// Makes a new testnet: keys, certificates, genesis, and a configuration for each node.
struct TestnetMaker {
    private let plan: TestnetPlan
    private let target: TestnetDirectory
    /// Where everything is made before it gets its name, so that there is a whole testnet or
    /// none.
    private let site: TestnetDirectory
    private let authority: CertificateAuthority
    /// What is to be otherwise in the genesis.
    private let shape: (inout Genesis) -> Void

    private struct Keys {
        let account: PrivateKey
        let meter: PrivateKey?
        let certificate: NodeCertificate
    }

    /// Makes the testnet of `plan` in `target`, which must be free; `shape` changes its genesis.
    static func make(
        _ plan: TestnetPlan, in target: TestnetDirectory,
        shape: @escaping (inout Genesis) -> Void = { _ in }
    ) throws -> EndpointsFile {
        try target.make { site in
            Terminal.note(
                "making \(plan.manifest.name) in \(target.path): \(plan.nodes.count) nodes")
            let authority = try CertificateAuthority(
                name: plan.manifest.name + " CA", isLocal: true)
            return try TestnetMaker(
                plan: plan, target: target, site: site, authority: authority, shape: shape
            ).make()
        }
    }

    private func make() throws -> EndpointsFile {
        for directory in ["/ca", "/abi", "/data"] {
            try DurableFile.makePrivateDirectory(at: site.path + directory)
        }
        try authority.write(certificateFile: site.validator, keyFile: site.validatorKey)
        var keys: [String: Keys] = [:]
        for (index, node) in plan.nodes.enumerated() {
            keys[node.name] = try makeKeys(of: node)
            Terminal.progress(
                "keys and certificates \(index + 1)/\(plan.nodes.count)",
                isLast: index + 1 == plan.nodes.count)
        }
        let genesis = try makeGenesis(keys)
        try GenesisFile.write(genesis, to: site.genesis)
        try copyData()
        for contract in ContractABI.all {
            try DurableFile.write(
                Array(contract.json.utf8), to: site.abi(contract.name), readableBy: .everyone)
        }
        for node in plan.nodes { try writeConfiguration(of: node, keys) }
        try writeLinks()
        let endpoints = endpoints(genesis, keys)
        try endpoints.write(directory: site.path)
        return endpoints
    }

    private func makeKeys(of node: TestnetPlan.Node) throws -> Keys {
        let directory = site.node(node.name)
        for inner in ["/keys", "/tls", "/data"] {
            try DurableFile.makePrivateDirectory(at: directory + inner)
        }
        let certificate = try authority.issue(CertificateSubject(commonName: node.name))
        try certificate.write(
            certificateFile: directory + "/tls/node.pem", keyFile: directory + "/tls/node-key.pem")
        try authority.issue(CertificateSubject(commonName: node.name + " API", days: 397)).write(
            certificateFile: directory + "/tls/api.pem", keyFile: directory + "/tls/api-key.pem")
        let account = try MemberKey.account.make(in: directory)
        if node.role == .validator {
            try MemberKey.account.neverVotedMark(in: directory).make()
        }
        let meter = node.role == .household ? try MemberKey.meter.make(in: directory) : nil
        return Keys(account: account, meter: meter, certificate: certificate)
    }

    private func makeGenesis(_ keys: [String: Keys]) throws -> Genesis {
        let manifest = plan.manifest
        let now = SystemClock.now
        let members = plan.nodes.compactMap { node in
            keys[node.name].map { keys in
                Member(
                    account: keys.account.address, role: node.memberRole,
                    meterKey: keys.meter?.address ?? .zero,
                    ratedPower: keys.meter == nil ? Watts(0) : manifest.connectionPower,
                    certificateHash: keys.certificate.fingerprint)
            }
        }
        var genesis = Genesis(
            chainID: Self.newChainID(), name: manifest.name, timestamp: now,
            marketClock: MarketClock(
                origin: manifest.begins, ledgerOrigin: now, rate: manifest.speed),
            minimumBlockInterval: manifest.ledger.minimumBlockInterval,
            heartbeat: manifest.ledger.heartbeat, roundTimeout: manifest.ledger.roundTimeout,
            aggregatorFee: manifest.ledger.aggregatorFee,
            deliveryWindow: manifest.ledger.deliveryWindow,
            sellerShare: manifest.ledger.sellerShare, members: members)
        shape(&genesis)
        return genesis
    }

    /// An id that no known chain has: wallets tell chains apart by it.
    private static func newChainID() -> UInt64 {
        // Well above every small id that a public or a usual development chain has.
        UInt64.random(in: 1_000_000_000..<(1 << 31))
    }

    private func copyData() throws {
        for name in ["households.csv", plan.manifest.readings, "README.md"] {
            let bytes = try DurableFile.read(
                at: "\(plan.manifest.dataDirectory)/\(name)", limit: 64 << 20)
            try DurableFile.write(bytes, to: "\(site.path)/data/\(name)", readableBy: .everyone)
        }
    }

    private func writeLinks() throws {
        guard !plan.proxies.isEmpty else { return }
        try LinkFile(lasting: plan.manifest.links).write(to: site.links)
        let table = ProxyTable(
            proxies: plan.nodes.flatMap { node in
                plan.peers(of: node).compactMap { peer in
                    plan.proxies[TestnetPlan.pair(node.name, peer.name)].map {
                        ProxyTable.Proxy(from: node.name, to: peer.name, port: $0, target: peer.p2p)
                    }
                }
            })
        try table.write(to: site.proxies)
    }
}

extension TestnetMaker {
    private func writeConfiguration(
        of node: TestnetPlan.Node, _ keys: [String: Keys]
    ) throws {
        func endpoint(_ port: UInt16) -> Endpoint { Endpoint(host: "127.0.0.1", port: Int(port)) }
        func account(_ name: String) -> Address { keys[name]?.account.address ?? .zero }
        var configuration = NodeConfiguration(
            name: node.name, role: node.role, dataDirectory: "data",
            genesisFile: "../genesis.json", account: MemberKey.account.files,
            tls: CertificateFiles(certificate: "tls/node.pem", key: "tls/node-key.pem"),
            p2p: PeerSettings(
                listen: endpoint(node.p2p),
                // With proxies, whoever dials past them would not be cut off.
                advertised: plan.proxies.isEmpty ? endpoint(node.p2p) : nil,
                peers: plan.peerEndpoints(of: node)))
        configuration.api = APISettings(
            listen: endpoint(node.api),
            tls: CertificateFiles(certificate: "tls/api.pem", key: "tls/api-key.pem"))
        configuration.app = AppConfiguration(listen: endpoint(node.app))
        configuration.rpc = endpoint(node.rpc)
        configuration.metrics = endpoint(node.metrics)
        configuration.faults.byzantine = plan.manifest.byzantine[node.name] ?? []
        switch node.role {
        case .validator, .observer: break
        case .aggregator:
            var settings = plan.manifest.aggregator
            settings.database = "data/aggregator.sqlite"
            configuration.aggregator = settings
        case .exchange:
            var settings = plan.manifest.exchange
            settings.aggregator = account("aggregator")
            configuration.exchange = settings
        case .household:
            addHousehold(node, aggregator: account("aggregator"), to: &configuration)
        }
        try DurableFile.write(Array(configuration.toml.utf8), to: site.configuration(node.name))
    }

    private func addHousehold(
        _ node: TestnetPlan.Node, aggregator: Address,
        to configuration: inout NodeConfiguration
    ) {
        guard let row = node.household else { return }
        configuration.meter = MeterConfiguration(
            keys: MemberKey.meter.files,
            source: .profile(file: "../data/" + plan.manifest.readings, household: row.name))
        configuration.household = HouseholdSettings(
            aggregator: aggregator,
            limits: plan.manifest.exceptions[node.name] ?? plan.manifest.trader)
    }

    private func endpoints(_ genesis: Genesis, _ keys: [String: Keys]) -> EndpointsFile {
        let account = MemberKey.account.files
        let nodes = plan.nodes.map { node in
            let directory = target.node(node.name)
            return EndpointsFile.Node(
                name: node.name, role: node.role.rawValue,
                address: keys[node.name]?.account.address ?? .zero,
                api: "https://127.0.0.1:\(node.api)",
                apiCertificate: directory + "/tls/api.pem", app: "http://127.0.0.1:\(node.app)",
                rpc: "http://127.0.0.1:\(node.rpc)",
                metrics: "http://127.0.0.1:\(node.metrics)", p2p: "127.0.0.1:\(node.p2p)",
                data: directory + "/data", log: target.log(node.name),
                keystore: "\(directory)/\(account.keystore)",
                passwordFile: "\(directory)/\(account.passwordFile)",
                config: target.configuration(node.name))
        }
        let contracts = ContractABI.all.map { ($0.name, $0.address.checksummed) }
        let abi = ContractABI.all.map { ($0.name, target.abi($0.name)) }
        return EndpointsFile(
            chainId: genesis.chainID, ca: target.validator,
            contracts: Dictionary(uniqueKeysWithValues: contracts),
            abi: Dictionary(uniqueKeysWithValues: abi), nodes: nodes)
    }
}
