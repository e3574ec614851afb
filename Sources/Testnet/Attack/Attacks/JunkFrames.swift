import Console
import Protocol
import Keys

/// Frames as long as there are, of blocks and transactions that are well formed and nobody's: junk
/// blocks with a certificate of random seals, blocks that nobody asked for, transactions under
/// signatures of others.
struct JunkFrames: MemberAttack {
    /// From several members at once, over as many links as each may have.
    let isMany: Bool

    var number: String { isMany ? "n2b" : "n2a" }
    var title: String {
        isMany ? "junk frames over six links of three members" : "junk frames over one link"
    }
    var members: Int { isMany ? 3 : 1 }

    private struct Frame {
        let name: String
        let bytes: Bytes
        let priority: WireMessage.Priority
    }

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let port = try testnet.node(target).p2pPort
        let members = try (0..<members).map { _ in try testnet.members.take() }
        let frames = try Self.frames(testnet, isShort: effort.isShort)
        AttackThread.run(isMany ? 2 * members.count : 1) { thread in
            let member = members[thread / 2]
            var pace = Pace(perSecond: 20)
            var turn = thread
            while !effort.isOver {
                pace.wait()
                turn += 1
                let frame = frames[turn % frames.count]
                do throws(SocketFailure) {
                    let link = try PeerLink(
                        to: port, as: member, from: member.address, greeting: testnet.hello())
                    effort.count("links")
                    try Self.send(frame, over: link, effort)
                } catch {
                    effort.count("links refused or ended by the node")
                }
            }
        }
    }

    /// Sends the frame again and again until the node has enough of it.
    private static func send(
        _ frame: Frame, over link: PeerLink, _ effort: AttackEffort
    ) throws(SocketFailure) {
        while !effort.isOver {
            try link.send(frame: frame.bytes, priority: frame.priority)
            effort.count(frame.name)
            effort.count("bytes", frame.bytes.count)
            try link.connection.takeWaiting()
        }
    }

    private static func frames(_ testnet: AttackedTestnet, isShort: Bool) throws -> [Frame] {
        let transactions = transactions(isShort ? 100 : 1_000, testnet)
        let block = RLP.list([header(of: transactions).block(with: transactions), certificate.rlp])
        func message(_ code: UInt8, _ content: RLP) -> Bytes {
            RLP.list([.number(code), content]).encoded
        }
        let few = RLP.list(transactions.prefix(100).map { .bytes($0) })
        // What makes an object of each item takes tens of times as much.
        let items = Self.list(
            [5] + Self.list(Bytes(repeating: 0xc0, count: isShort ? 500_000 : 15_000_000)))
        return [
            Frame(name: "junk blocks", bytes: message(5, block), priority: .sync),
            Frame(name: "junk transactions", bytes: message(6, few), priority: .transactions),
            Frame(name: "frames of small items", bytes: items, priority: .sync),
            Frame(
                name: "blocks unasked", bytes: message(8, .list([block])), priority: .sync),
            Frame(
                name: "proposals of a household", bytes: message(3, block),
                priority: .consensus),
        ]
    }

    /// The canonical bytes of a list of 56 bytes or more, whatever stands in it.
    private static func list(_ payload: Bytes) -> Bytes {
        let length = UInt64(payload.count).bigEndianBytes.drop { $0 == 0 }
        return [0xf7 + UInt8(length.count)] + length + payload
    }

    /// Transactions with a signature of another one each: a sender comes of it, but none that is known.
    private static func transactions(_ count: Int, _ testnet: AttackedTestnet) -> [Bytes] {
        let key = PrivateKey.random()
        let chain = testnet.testnet.endpoints.chainId
        let signature = Transaction(
            chainID: chain, nonce: 0, to: NativeContract.market, data: []
        ).signed(by: key).signature
        let padding = Bytes(repeating: 7, count: 2_000)
        return (1...count).map { nonce in
            let transaction = Transaction(
                chainID: chain, nonce: UInt64(nonce), to: NativeContract.market, data: padding)
            return SignedTransaction(transaction: transaction, signature: signature).encoded
        }
    }

    private static func header(of transactions: [Bytes]) -> BlockHeader {
        BlockHeader(
            parentHash: Keccak256.hash([1]), number: 1_000_000,
            timestamp: SystemClock.now, proposer: .zero, stateRoot: .zero,
            transactionsRoot: MerkleList.root(of: transactions), receiptsRoot: .zero,
            logsBloom: LogsBloom(), gasUsed: 0, nextValidatorsHash: .zero)
    }

    /// Four seals, none of a validator's.
    private static var certificate: Certificate {
        let digest = Keccak256.hash([2])
        return Certificate(
            round: 0, seals: (0..<4).map { _ in PrivateKey.random().sign(digest) })
    }
}

extension BlockHeader {
    /// A block of this header, in its canonical bytes.
    fileprivate func block(with transactions: [Bytes]) -> RLP {
        .list([rlp, .list(transactions.map { .bytes($0) })])
    }
}
