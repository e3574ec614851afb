import Console
import Client
import Protocol

/// A member that sends transactions through the nodes' public API, at a steady rate, and writes
/// down which of them a node said to be final. If a node does not do what it should it goes to
/// another one with the same signed bytes.
struct SoakClient: Sendable {
    /// How long a node is given to make a transaction final, in seconds.
    private static let timeout = 3
    /// How long it stays with another node before it goes back to its own, in seconds.
    private static let absence = 20.0

    let name: String
    private let submitter: Submitter
    private let places: [NodeClient]
    private let home: Int
    private let record: SoakRecord
    private let board: SoakBoard
    private let market: SoakMarket
    private var nonce: UInt64 = 0
    private var place: Int
    private var leftHome = 0.0
    private var calls: SoakCalls

    init(
        name: String, submitter: Submitter, places: [NodeClient], home: Int, record: SoakRecord,
        board: SoakBoard, market: SoakMarket, calls: SoakCalls
    ) {
        self.name = name
        self.submitter = submitter
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
        let signed = submitter.sign(call.data, to: call.contract, nonce: nonce)
        let submitted = board.elapsed
        guard let final = makeFinal(signed) else { return }
        nonce += 1
        try record.append(
            SoakRecord.Entry(
                time: SystemClock.now.milliseconds, client: name, node: places[place].name,
                hash: final.hash.description, block: final.block,
                blockHash: final.blockHash.description,
                status: final.succeeded ? "final" : "failed"))
        board.acknowledged(
            handedIn: submitted, block: final.block, succeeded: final.succeeded)
        if !final.succeeded, call.mustSucceed {
            board.find("\(name)'s \(call.name) \(final.hash) was reverted")
        }
        guard final.succeeded, call.name == "addOffer" else { return }
        if let id = try? places[place].offerID(madeBy: final.hash) { calls.offered(id, market) }
    }

    /// Hands `signed` in until some node has it in a final block; nil if the soak ends before.
    private mutating func makeFinal(_ signed: SignedTransaction) -> TransactionOutcome? {
        let hash = Keccak256.hash(signed.encoded)
        if place != home, board.elapsed - leftHome > Self.absence { place = home }
        while !board.areClientsDone {
            if let final = handIn(signed, hash), final.hash == hash { return final }
            moveOn()
        }
        return nil
    }

    /// Hands `signed` in at one node; nil where it cannot be reached, is busy, or is late.
    private func handIn(_ signed: SignedTransaction, _ hash: Hash32) -> TransactionOutcome? {
        do {
            return try places[place].makeFinal(signed, waitingFor: Self.timeout)
        } catch let refusal as CommandFailure where refusal.refusal == .nonceTooLow {
            // Nobody but this very transaction has used it.
            board.find(
                "\(places[place].name) says that the nonce of \(name)'s \(hash) is used, but does "
                    + "not know the transaction")
            return nil
        } catch {
            return nil
        }
    }

    private mutating func moveOn() {
        board.tookDetour()
        place = (place + 1) % places.count
        leftHome = board.elapsed
        Terminal.pause(milliseconds: 50)
    }
}
