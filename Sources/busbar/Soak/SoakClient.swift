import Ledger
import Protocol

/// A member that sends transactions through the nodes' public API, at a steady rate, and writes
/// down which of them a node said to be final. If a node does not do what it should it goes to
/// another one with the same signed bytes.
struct SoakClient: Sendable {
    /// A node as the client sees it.
    struct Place: Sendable {
        let name: String
        let http: LoopbackHTTP
    }

    /// How long a node is given to make a transaction final, in seconds.
    private static let timeout = 3
    /// How long it stays with another node before it goes back to its own, in seconds.
    private static let absence = 20.0

    let name: String
    let key: PrivateKey
    private let chainID: UInt64
    private let places: [Place]
    private let home: Int
    private let record: SoakRecord
    private let board: SoakBoard
    private let market: SoakMarket
    private var nonce: UInt64 = 0
    private var place: Int
    private var leftHome = 0.0
    private var calls: SoakCalls

    init(
        name: String, key: PrivateKey, chainID: UInt64, places: [Place], home: Int,
        record: SoakRecord, board: SoakBoard, market: SoakMarket, calls: SoakCalls
    ) {
        self.name = name
        self.key = key
        self.chainID = chainID
        self.places = places
        self.home = home
        self.record = record
        self.board = board
        self.market = market
        self.calls = calls
        place = home
    }

    /// Sends a transaction every `interval` seconds until the board says that it is enough.
    mutating func run(every interval: Double, from start: Double) throws {
        var due = start
        while !board.areClientsDone {
            let now = board.elapsed
            guard now >= due else {
                Terminal.pause(milliseconds: UInt32(min(50, (due - now) * 1_000 + 1)))
                continue
            }
            // What could not be sent in time is caught up on, but not for ever.
            due = max(due + interval, now - 10)
            try sendNext()
        }
    }

    private mutating func sendNext() throws {
        let call = calls.next(at: board.elapsed, market)
        let signed = Transaction(chainID: chainID, nonce: nonce, to: call.contract, data: call.data)
            .signed(by: key)
        let submitted = board.elapsed
        guard let final = makeFinal(signed) else { return }
        nonce += 1
        let succeeded = final.status == "final"
        try record.append(final)
        board.acknowledged(handedIn: submitted, block: final.block, succeeded: succeeded)
        if !succeeded, call.mustSucceed {
            board.find("\(name)'s \(call.name) \(final.hash) was reverted")
        }
        guard succeeded, call.name == "addOffer" else { return }
        if let id = offerID(of: final.hash) { calls.offered(id, market) }
    }

    /// Hands `signed` in until some node has it in a final block; nil if the soak ends before.
    private mutating func makeFinal(_ signed: SignedTransaction) -> SoakRecord.Entry? {
        let raw = "{\"raw\":\"0x\(Hexadecimal.encode(signed.encoded))\"}"
        let hash = Keccak256.hash(signed.encoded).description
        if place != home, board.elapsed - leftHome > Self.absence { place = home }
        while !board.areClientsDone {
            let answer = try? places[place].http.post(
                "/api/v1/transactions?wait=final&timeout=\(Self.timeout)", json: raw)
            switch answer?.status {
            case 200:
                if let entry = answer.flatMap({ entry($0, hash) }) { return entry }
            case 409, 422:
                // Known, or its nonce is used: then this very transaction has used it.
                if let entry = askFor(hash, refusal: answer) { return entry }
            default: break
            }
            moveOn()
        }
        return nil
    }

    private mutating func moveOn() {
        board.tookDetour()
        place = (place + 1) % places.count
        leftHome = board.elapsed
        Terminal.pause(milliseconds: 50)
    }

    /// What the node knows about a transaction that it would not take.
    private func askFor(_ hash: String, refusal: LoopbackHTTP.Answer?) -> SoakRecord.Entry? {
        let answer = try? places[place].http.get(
            "/api/v1/transactions/\(hash)?wait=final&timeout=\(Self.timeout)")
        guard let answer else { return nil }
        if answer.status == 404, refusal?.reason == .nonceTooLow {
            board.find(
                "\(places[place].name) says that the nonce of \(name)'s \(hash) is used, but does "
                    + "not know the transaction")
        }
        return answer.status == 200 ? entry(answer, hash) : nil
    }

    /// The line for the record, if the answer says that the transaction is final.
    private func entry(_ answer: LoopbackHTTP.Answer, _ hash: String) -> SoakRecord.Entry? {
        guard let json = try? JSONValue(parsing: answer.body), let status = json["status"]?.text,
            ["final", "failed"].contains(status), json["hash"]?.text == hash,
            case .integer(let block) = json["block"] ?? .null,
            let blockHash = json["blockHash"]?.text
        else { return nil }
        return SoakRecord.Entry(
            time: SystemClock.now.milliseconds, client: name, node: places[place].name,
            hash: hash, block: UInt64(clamping: block), blockHash: blockHash, status: status)
    }

    /// The offer that the transaction named `hash` made.
    private func offerID(of hash: String) -> OfferID? {
        let node = try? NodeClient(
            url: "http://127.0.0.1:\(places[place].http.port)", timeoutSeconds: 3)
        let receipt = try? node?.call("eth_getTransactionReceipt", [.text(hash)])
        let logs = (receipt?["logs"]?.list ?? []).compactMap(EventLog.init(json:))
        return logs.lazy.compactMap(MarketEvent.init).first?.id
    }
}
