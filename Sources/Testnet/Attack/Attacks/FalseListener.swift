import Client
import Console
import Dispatch
import Protocol

/// Another user of the machine that took a node's ports before it started, and answers to its owner's
/// commands in the node's place.
struct FalseListener: Attack {
    let number = "p4"
    let title = "a false listener on a node's ports"
    let adversary = Adversary.localUser
    let stops: Set<String> = ["h05"]

    /// How long a command may take, whatever it is told, in seconds.
    private static let longest = 60.0

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let node = try testnet.node("h05")
        let process = testnet.testnet.process(node.name)
        NodeProcess.stop([process])
        defer { _ = try? process.start() }
        let liar = try LyingListener(
            rpcPort: node.rpcPort, apiPort: node.apiPort, chainID: testnet.testnet.endpoints.chainId
        )
        defer { liar.stop() }
        try startBesideIt(process, effort)
        for lie in LyingListener.Lie.allCases where lie.isQuick || !effort.isShort {
            liar.tell(lie)
            let seen = liar.transactions.count
            let run = try ProgramRun(
                SystemFile.busbar,
                [
                    "token", "transfer", "--as", node.name, "--to", "v1", "0.000001", "--dir",
                    testnet.testnet.directory.path,
                ], seconds: Self.longest)
            effort.count("commands")
            judge(run, lie, liar.transactions.dropFirst(seen), testnet, effort)
        }
        effort.count("requests to the liar", liar.requests)
        effort.count("TLS handshakes with the liar", liar.handshakes)
        effort.claim(
            "TLS with the liar", liar.handshakes == 0, "\(liar.handshakes) handshakes",
            limit: "none")
    }

    /// The node cannot have its ports: it says so and ends.
    private func startBesideIt(_ process: NodeProcess, _ effort: AttackEffort) throws {
        var log = LogFile(path: process.directory.log(process.name))
        _ = log.lastLines(0)
        _ = try process.start()
        let deadline = ContinuousClock.now + .seconds(30)
        while process.pid != nil, ContinuousClock.now < deadline {
            Terminal.pause(milliseconds: 50)
        }
        let hasEnded = process.pid == nil
        let said = log.added()
        if !hasEnded { NodeProcess.stop([process]) }
        effort.claim(
            "a node without its port", hasEnded && said.contains("is in use"),
            hasEnded ? "ends" : "goes on", limit: "ends and says why")
    }

    private func judge(
        _ run: ProgramRun, _ lie: LyingListener.Lie, _ given: ArraySlice<SignedTransaction>,
        _ testnet: AttackedTestnet, _ effort: AttackEffort
    ) {
        let chains = Set(given.map(\.transaction.chainID))
        let isOwn = chains.isSubset(of: [testnet.testnet.endpoints.chainId])
        effort.count("signatures", given.count)
        effort.claim(
            "signatures, \(lie.rawValue)", given.count <= 1 && isOwn,
            "\(given.count)\(isOwn ? "" : " for another chain")", limit: "1 at most, own chain")
        effort.claim(
            "command, \(lie.rawValue)",
            !run.wasEnded && run.isPlain && run.output.utf8.count < 65_536,
            "\(run.wasEnded ? "does not end" : "ends"), \(run.output.utf8.count) bytes, "
                + (run.isPlain ? "plain" : "not plain"),
            limit: "ends, plain")
    }
}
