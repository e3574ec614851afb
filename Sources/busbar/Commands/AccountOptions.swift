import Console
import Client
import API
import ArgumentParser
import FoundationEssentials
import Node
import Protocol
import Keys

/// Which node is asked, whose key signs, and how the answer is shown: a node of a testnet by its
/// name, or one's own by its address on this machine.
struct AccountOptions: ParsableArguments {
    @Option(help: "The testnet's directory.")
    var dir = ".cluster"

    @Option(name: .customLong("as"), help: "The node of the testnet to act as: h01.")
    var name: String?

    @Option(
        help: ArgumentHelp(
            "One's own node's API, in place of --as; \(Self.usualAPI) where left out.",
            valueName: "url"))
    var api: String?

    @Option(
        help: ArgumentHelp(
            """
            The certificate that one's own node's API shows, tls/api.pem in its directory, where it \
            does not lie beside the keystore's directory. A program that cannot show it gets nothing.
            """, valueName: "file"))
    var apiCertificate: String?

    @Option(
        help: ArgumentHelp(
            """
            One's own node's JSON-RPC over plain http, http://127.0.0.1:8545, in place of --api. It \
            does not prove itself: any user of this machine who holds that port is believed, may \
            tell what it likes, and learns what is asked and signed.
            """, valueName: "url"))
    var rpc: String?

    @Option(help: "The keystore that signs; in place of --as.")
    var keystore: String?

    @Option(help: "The file with the keystore's password; in place of --as.")
    var passwordFile: String?

    @Option(help: "The chain's genesis, where it does not lie beside the keystore's directory.")
    var genesis: String?

    @Flag(name: .customLong("json"), help: "Print JSON.")
    var printsJSON = false

    /// Where `busbar member new` has a node's API listen.
    static let usualAPI = "https://127.0.0.1:8443"

    func validate() throws {
        guard rpc == nil || (api == nil && apiCertificate == nil) else {
            throw ValidationError(
                "--rpc asks over plain http, where no certificate is shown: leave it out, or --api "
                    + "and --api-certificate.")
        }
    }

    /// The testnet, where there is one.
    func testnet() throws -> EndpointsFile? {
        let directory = try TestnetDirectory(dir)
        guard directory.isMade || !asksOwnNode else { return nil }
        return try EndpointsFile(directory: directory.path)
    }

    /// The node to ask: one's own, the one of a testnet that is named, or the first that answers.
    func client() throws -> NodeClient {
        if let rpc { return try NodeClient(url: rpc) }
        if asksOwnNode { return NodeClient(try ownNode()) }
        let endpoints = try EndpointsFile(directory: TestnetDirectory(dir).path)
        if let name { return try endpoints.node(name).client() }
        var failure: (any Error)?
        for node in endpoints.nodes {
            do {
                let client = try node.client()
                _ = try client.height()
                return client
            } catch {
                failure = failure ?? error
            }
        }
        throw CommandFailure(
            .unreachable,
            "\(dir): no node answers; start them with cluster/up"
                + (failure.map { " (\($0))" } ?? ""))
    }

    /// Whether the node is one's own, not a testnet's.
    private var asksOwnNode: Bool {
        rpc != nil || api != nil || apiCertificate != nil
            || (name == nil && besideKeystore("tls/api.pem") != nil)
    }

    /// The way to one's own node's API.
    private func ownNode() throws -> PinnedHTTP {
        let url = api ?? Self.usualAPI
        guard let certificate = apiCertificate ?? besideKeystore("tls/api.pem") else {
            throw CommandFailure(
                .failed,
                "say with --api-certificate which certificate \(url) shows: tls/api.pem in the "
                    + "node's directory")
        }
        return try PinnedHTTP(url: url, certificate: certificate)
    }

    /// What lies at `path` of the directory of a node made by `busbar member new`, whose keystore was
    /// named; nil where nothing does.
    private func besideKeystore(_ path: String) -> String? {
        guard let keystore else { return nil }
        let beside = URL(filePath: keystore).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: path).path
        return FileManager.default.fileExists(atPath: beside) ? beside : nil
    }

    func key() throws -> PrivateKey {
        if let keystore, let passwordFile {
            return try Keystore.unlock(file: keystore, passwordFile: passwordFile)
        }
        guard let name else {
            throw CommandFailure(
                .failed, "say who signs: --as NAME, or --keystore and --password-file")
        }
        return try EndpointsFile(directory: TestnetDirectory(dir).path).node(name).key()
    }

    /// Sends a call by way of `node`, and waits until it is final.
    func send(_ data: Bytes, to contract: Address, at node: NodeClient) throws -> TransactionOutcome
    {
        try Submitter(key: key(), chainID: chainID(of: node)).send(data, to: contract, at: node)
    }

    /// The chain to sign for, from the member's own files; throws if `node` is of another one. What
    /// answers on a port could else have anything signed for any chain.
    private func chainID(of node: NodeClient) throws -> UInt64 {
        let known: UInt64
        if let genesis = try genesisFile() {
            known = try GenesisFile.read(genesis).chainID
        } else {
            known = try EndpointsFile(directory: TestnetDirectory(dir).path).chainId
        }
        let told = try node.chainID()
        guard told == known else {
            throw CommandFailure(
                .refused, "\(node.name) is of chain \(told), not of \(known): nothing was signed")
        }
        return known
    }

    /// The genesis beside the keys of a node made by `busbar member new`, or the one that is named;
    /// nil for a node of a testnet.
    private func genesisFile() throws -> String? {
        if let genesis { return genesis }
        guard let keystore else { return nil }
        guard let beside = besideKeystore("genesis.json") else {
            throw CommandFailure(
                .failed,
                "\(keystore): no genesis.json lies beside its directory; say with --genesis which "
                    + "chain to sign for")
        }
        return beside
    }

    /// Sends a call that nothing more is asked of, and says that it is final.
    func send(_ data: Bytes, to contract: Address, saying text: String, id: UInt32? = nil) throws {
        report(text, id: id, try send(data, to: contract, at: client()))
    }

    /// Says that a transaction became final, and with it what came of it.
    func report(_ text: String, id: UInt32?, _ outcome: TransactionOutcome) {
        guard printsJSON else {
            return Terminal.say("\(text) (block \(outcome.block), \(outcome.hash))")
        }
        let report: JSON = [
            "transaction": .string(outcome.hash.description), "block": .number(outcome.block),
        ]
        Terminal.say((id.map { report.adding(["id": .number($0)]) } ?? report).pretty)
    }

    /// The account that is meant: `text` as an address or a node's name, or the one that acts.
    func account(_ text: String?) throws -> Address {
        if let text, let address = Address(hexadecimal: text) { return address }
        if let meant = text ?? name {
            guard let endpoints = try testnet() else {
                throw CommandFailure(.failed, "\(meant) is no address")
            }
            return try endpoints.node(meant).address
        }
        guard let keystore else {
            throw CommandFailure(.failed, "say whose: --as NAME, or an address")
        }
        guard let address = try Keystore(file: keystore).address else {
            throw CommandFailure(.failed, "\(keystore): says no address")
        }
        return address
    }
}
