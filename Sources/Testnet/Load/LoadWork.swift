import Ledger
import Protocol

/// A load's transactions, signed before anything is measured, and what is said to a node of each.
struct LoadWork {
    enum Kind: String, CaseIterable {
        case transfer
        case offer
        /// All five steps of trades.
        case trade
    }

    /// For each member in turn, the numbers of its transactions: one after the other, so that a
    /// member's next one has the next nonce.
    let lanes: [Range<Int>]
    let hashes: [Hash32]
    /// A call of JSON-RPC for each.
    let calls: [Bytes]

    /// A member and what it calls, in the order of its nonces.
    struct Sender {
        let key: PrivateKey
        let firstNonce: UInt64
        let calls: [(contract: Address, data: Bytes)]
    }

    init(_ senders: [Sender], chainID: UInt64) {
        var lanes: [Range<Int>] = []
        var hashes: [Hash32] = []
        var calls: [Bytes] = []
        for sender in senders {
            let start = hashes.count
            for (place, call) in sender.calls.enumerated() {
                let signed = Transaction(
                    chainID: chainID, nonce: sender.firstNonce + UInt64(place),
                    to: call.contract, data: call.data
                ).signed(by: sender.key).encoded
                hashes.append(Keccak256.hash(signed))
                calls.append(Self.call(signed))
            }
            lanes.append(start..<hashes.count)
        }
        self.lanes = lanes
        self.hashes = hashes
        self.calls = calls
    }

    /// `count` transactions, each a transfer or an offer as `kind` says, evenly spread over `members`, each of whom has made `firstNonce`
    /// before.
    init(
        _ kind: Kind, count: Int, by members: [PrivateKey], firstNonce: UInt64 = 0, chainID: UInt64
    ) {
        let senders = members.enumerated().map { place, key in
            let share = count / members.count + (place < count % members.count ? 1 : 0)
            let receiver = members[(place + 1) % members.count].address
            return Sender(
                key: key, firstNonce: firstNonce,
                calls: [(contract: Address, data: Bytes)](
                    repeating: Self.call(kind, to: receiver), count: share))
        }
        self.init(senders, chainID: chainID)
    }

    private static func call(
        _ kind: Kind, to receiver: Address
    ) -> (contract: Address, data: Bytes) {
        switch kind {
        case .transfer:
            (NativeContract.token, TokenCall.transfer(to: receiver, amount: TokenAmount(1)))
        case .offer, .trade:
            (NativeContract.market, MarketCall.addOffer(energy: 500, price: 1_000))
        }
    }

    /// One call of a batch. Its id says nothing: a node answers in the order of the calls.
    static func call(_ signed: Bytes) -> Bytes {
        Array(
            (#"{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x"#
                + Hexadecimal.encode(signed) + #""]}"#).utf8)
    }

    /// The request that hands in `numbers`.
    func request(_ numbers: Range<Int>) -> Bytes { Self.request(of: calls[numbers]) }

    /// The request with these calls.
    static func request(of calls: some Sequence<Bytes>) -> Bytes {
        var body = [UInt8(ascii: "[")]
        body += calls.joined(separator: [UInt8(ascii: ",")])
        body.append(UInt8(ascii: "]"))
        return HTTP1.request(
            "POST", "/", headers: [("content-type", "application/json")], body: body)
    }
}
