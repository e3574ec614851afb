import API
import ArgumentParser
import Client
import Console
import Protocol

extension ChainCommand {
    struct Trace: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one transaction's way over the nodes that one may ask.",
            discussion: """
                A line a stage, a column a node: in milliseconds after the first, by each node's own \
                clock. Where nodes run on several machines, how far their clocks are apart is in it.

                accepted: its bytes were there. verified: its sender was known. pooled: the pool had \
                it. proposed, prepared: its block was proposed, and a quorum accepted that, as a \
                validator that took part saw it. final: its block had a quorum's seals. stored: it was \
                on the disk. told: clients and linked nodes had been told.

                A node remembers the last \(TransactionTrace.remembered) transactions that it has seen \
                since it was started. Without --node and --api, every node of the testnet is asked. \
                Exit code 2 if no node remembers it, 3 if none does and one could not be reached.
                """)

        @Option(help: "The testnet's directory.")
        var dir = ".cluster"

        @Option(
            name: .customLong("node"),
            help: "A node of the testnet to ask, by its name; may be given several times.")
        var nodes: [String] = []

        @Option(
            help: ArgumentHelp(
                """
                A node's API to ask, \(AccountOptions.usualAPI) where left out beside one \
                --api-certificate; may be given several times.
                """, valueName: "url"))
        var api: [String] = []

        @Option(
            help: ArgumentHelp(
                "The certificate that the API shows; one for each --api, in the same order.",
                valueName: "file"))
        var apiCertificate: [String] = []

        @Flag(name: .customLong("json"), help: "Print JSON.")
        var printsJSON = false

        @Argument(help: "The transaction's hash.")
        var hash: Hash32

        func validate() throws {
            guard apiCertificate.count == api.count || api.isEmpty && apiCertificate.count == 1
            else {
                throw ValidationError(
                    "Say with --api-certificate which certificate each --api shows, in the same "
                        + "order: tls/api.pem in each node's directory.")
            }
        }

        func run() throws {
            let report = try TraceReport(of: hash, asking: clients())
            Terminal.say(printsJSON ? report.json.pretty : report.text)
        }

        private func clients() throws -> [NodeClient] {
            let apis = api.isEmpty && !apiCertificate.isEmpty ? [AccountOptions.usualAPI] : api
            let own = try zip(apis, apiCertificate).map { url, certificate in
                NodeClient(
                    try PinnedHTTP(url: url, certificate: certificate, timeoutSeconds: 5), name: url
                )
            }
            guard !nodes.isEmpty || own.isEmpty else { return own }
            let testnet = try EndpointsFile(directory: TestnetDirectory(dir).path)
            let chosen = try nodes.isEmpty ? testnet.nodes : nodes.map(testnet.node)
            return try chosen.map { try $0.client(timeoutSeconds: 5) } + own
        }
    }
}

/// A transaction's way over several nodes.
struct TraceReport {
    let hash: Hash32
    /// What each node told that remembers it, in the order in which they were asked.
    private(set) var views: [TransactionTraceView] = []
    /// Why the others told nothing.
    private(set) var silences: [String] = []

    /// Asks each of `clients`; throws if none of them knows anything.
    init(of hash: Hash32, asking clients: [NodeClient]) throws {
        self.hash = hash
        var worst: CommandFailure?
        for client in clients {
            do {
                views.append(try client.trace(of: hash))
            } catch let failure as CommandFailure {
                silences.append(failure.description)
                // That nobody remembers it can be said of those alone that were reached.
                if worst == nil || worst?.status == .refused && failure.status != .refused {
                    worst = failure
                }
            }
        }
        guard views.isEmpty, let worst else { return }
        let others = silences.count > 1 ? "; \(silences.count - 1) more told nothing either" : ""
        throw CommandFailure(worst.status, worst.description + others)
    }

    /// A report of what was told already.
    init(of hash: Hash32, views: [TransactionTraceView], silences: [String] = []) {
        self.hash = hash
        self.views = views
        self.silences = silences
    }

    private var block: TransactionTrace.Place? { views.lazy.compactMap(\.trace.block).first }

    /// When the first node reached its first stage, in microseconds since 1970.
    private var start: UInt64 {
        views.flatMap(\.trace.stages).map(\.microseconds).min() ?? 0
    }

    var text: String {
        let place = block.map { "block \($0.number), round \($0.round)" } ?? "in no block yet"
        let begins = RFC3339.text(microseconds: start)
        var table = Table(
            ["STAGE"] + views.map(\.node), rightAligned: Set(1..<views.count + 1))
        table.add(["from"] + views.map { $0.trace.source?.rawValue ?? "block" })
        for stage in TransactionTrace.Stage.allCases {
            let times = views.map { $0.time(of: stage) }
            guard times.contains(where: { $0 != nil }) else { continue }
            table.add(
                [stage.rawValue] + times.map { $0.map { Self.milliseconds($0 - start) } ?? "" })
        }
        return
            (["transaction \(hash): \(place)", "milliseconds after \(begins)"] + table.lines
            + silences).joined(separator: "\n")
    }

    private static func milliseconds(_ microseconds: UInt64) -> String {
        "\(microseconds / 1_000).\(String(1_000 + microseconds % 1_000).dropFirst())"
    }

    var json: JSON {
        [
            "transaction": .string(hash.description),
            "nodes": .array(views.map(Self.json)),
            "silent": .array(silences.map { .string($0) }),
        ]
    }

    private static func json(_ view: TransactionTraceView) -> JSON {
        let stages = view.trace.stages.map { reached -> JSON in
            [
                "stage": .string(reached.stage.rawValue),
                "time": .string(RFC3339.text(microseconds: reached.microseconds)),
            ]
        }
        return [
            "node": .string(view.node), "account": .string(view.account.checksummed),
            "source": .string(view.trace.source?.rawValue),
            "block": view.trace.block.map { .number($0.number) } ?? .null,
            "round": view.trace.block.map { .number($0.round) } ?? .null,
            "stages": .array(stages),
        ]
    }
}
