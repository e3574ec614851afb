import Console
import FoundationEssentials
import Ledger
import Protocol
import Storage

/// Measures what a transaction and a block are made of, each part alone, on one core.
struct PartsBench {
    /// How often each part is measured; the median counts.
    let repetitions: Int
    /// How many keys the state's tree holds whose root is made.
    let keys: Int

    /// How many changes a root is made of.
    private static let changes = [10, 1_000, 100_000]
    /// How many transfers stand in a stored block, and how many such blocks are stored each time.
    private static let transfers = 100
    private static let blocks = 10

    /// Measures; the store's file lies in a directory of its own below `directory` meanwhile.
    func run(in directory: String) async throws -> [LoadFigure] {
        var rows: [[LoadFigure]] = []
        for _ in 0..<repetitions {
            rows.append(try signatures() + hashes())
            rows.append(try calls())
        }
        rows += try roots()
        for _ in 0..<repetitions { rows.append([try await store(in: directory)]) }
        let disk = try MachineLimits.measure(in: directory)
        rows.append([
            LoadFigure("limit: fdatasync of 4 KB, p50", "µs", disk.syncMicroseconds)
        ])
        return LoadFigure.merged(rows)
    }

    /// `body`, done `count` times, as a figure: microseconds of the processor each.
    private static func figure(
        _ name: String, _ count: Int, _ body: (Int) throws -> Void
    ) rethrows -> LoadFigure {
        let before = SystemClock.processorSeconds
        for number in 0..<count { try body(number) }
        let seconds = SystemClock.processorSeconds - before
        return LoadFigure(name, "µs", seconds * 1_000_000 / Double(count), decimals: 2)
    }
}

// What every node does with every transaction.
extension PartsBench {
    private func signatures() throws -> [LoadFigure] {
        let key = PrivateKey.random()
        let encoded = (0..<500).map { nonce in
            Transaction(
                chainID: 1, nonce: UInt64(nonce), to: key.address,
                data: TokenCall.transfer(to: key.address, amount: TokenAmount(1))
            ).signed(by: key).encoded
        }
        let digest = Keccak256.hash([1])
        let signature = key.sign(digest)
        return [
            try Self.figure("recover who signed", 500) { _ in
                guard Secp256k1().signer(of: signature, over: digest) == key.address else {
                    throw CommandFailure(.unsound, "a signature names another signer")
                }
            },
            try Self.figure("decode a transfer (RLP)", 5_000) { number in
                _ = try SignedTransaction(decoding: encoded[number % encoded.count])
            },
            try Self.figure("decode a transfer and recover its sender", 500) { number in
                _ = try VerifiedTransaction(decoding: encoded[number])
            },
        ]
    }

    private func hashes() -> [LoadFigure] {
        var bytes = Bytes(repeating: 1, count: 200)
        return [
            Self.figure("Keccak-256 of 200 bytes", 10_000) { _ in
                // Each goes into the next, so that none can be left out.
                bytes.replaceSubrange(0..<32, with: Keccak256.hash(bytes).bytes)
            }
        ]
    }

    private func calls() throws -> [LoadFigure] {
        var load = try LedgerLoad()
        return try [LedgerLoad.Kind.transfer, .offer].map { kind -> LoadFigure in
            let result = try load.run(kind, count: 1_000, blocksOf: Self.transfers)
            return LoadFigure(
                "execute a call of \(kind.rawValue), a block of \(Self.transfers)", "µs",
                result.execution * 1_000_000 / Double(result.calls), decimals: 2)
        }
    }
}

// What a block costs.
extension PartsBench {
    private func roots() throws -> [[LoadFigure]] {
        func entry(_ number: Int, _ value: UInt8) -> StateEntry {
            StateEntry(
                key: UInt64(number).bigEndianBytes, value: Bytes(repeating: value, count: 32))
        }
        let tree = StateTree().applying((0..<keys).lazy.map { entry($0, 0) })
        var rows: [[LoadFigure]] = []
        for count in Self.changes where count <= keys {
            for repetition in 1...repetitions {
                // Spread over the tree, as accounts are.
                let changed = (0..<count).map { number in
                    entry(number * (keys / count), UInt8(repetition))
                }
                var root = Hash32.zero
                let name = "state root of \(count) changes among \(keys) keys"
                rows.append([Self.figure(name, 1) { _ in root = tree.applying(changed).root }])
                guard root != tree.root else {
                    throw CommandFailure(.unsound, "changes do not change the root")
                }
            }
        }
        return rows
    }

    /// With the syncs of the disk: so many microseconds go by for each block.
    private func store(in directory: String) async throws -> LoadFigure {
        var load = try LedgerLoad(keepsBlocks: true)
        let before = load.committed.count
        _ = try load.run(
            .transfer, count: Self.blocks * Self.transfers, blocksOf: Self.transfers)
        let place = directory + "/parts-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: place) }
        let store = try ChainStore.open(directory: place, genesis: load.genesis)
        for block in load.committed.prefix(before) { try await store.commit(block) }
        let start = ContinuousClock.now
        for block in load.committed.dropFirst(before) { try await store.commit(block) }
        let seconds = start.duration(to: .now) / .seconds(1)
        try store.close()
        return LoadFigure(
            "store a block of \(Self.transfers) transfers, the disk's syncs with it", "µs",
            seconds * 1_000_000 / Double(Self.blocks))
    }
}
