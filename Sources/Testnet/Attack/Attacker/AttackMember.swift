import API
import Client
import Console
import Keys
import Ledger
import Protocol
import Synchronization

/// A member as the ledger knows it, with a certificate and keys of its own and without a node: what
/// it says, a program of its own says.
struct AttackMember: Sendable {
    let account: PrivateKey
    let meter: PrivateKey
    /// Its TLS towards nodes.
    let context: BlockingTLSContext
    /// Where it comes from.
    let address: LoopbackAddress

    /// What its connection can carry, either way, in W.
    static let ratedPower = Watts(17_250)
}

extension Testnet {
    /// Registers a prosumer with a certificate of its own making, as the aggregator.
    func registerAttackMember(from address: LoopbackAddress = .stranger(0)) throws -> AttackMember {
        let (account, meter) = (PrivateKey.random(), PrivateKey.random())
        let certificate = try NodeCertificate(
            selfSigned: CertificateSubject(commonName: "member"))
        let member = Member(
            account: account.address, role: .prosumer, meterKey: meter.address,
            ratedPower: AttackMember.ratedPower, certificateHash: certificate.fingerprint)
        try callAsAggregator(CommunityCall.register(member), to: NativeContract.community)
        return AttackMember(
            account: account, meter: meter, context: try BlockingTLSContext(showing: certificate),
            address: address)
    }

    /// Has the aggregator's operator call `contract` with `data`, and waits until that is final.
    func callAsAggregator(_ data: Bytes, to contract: Address) throws {
        guard let aggregator = nodes(.aggregator).first else {
            throw CommandFailure(.failed, "there is no aggregator")
        }
        let submitter = Submitter(key: try aggregator.key(), chainID: endpoints.chainId)
        _ = try submitter.send(data, to: contract, at: try client(aggregator))
    }
}

/// The members of a testnet that attack it, registered before anything is measured.
final class AttackMembers: Sendable {
    private struct State {
        var free: [AttackMember] = []
        var used: [AttackMember] = []
        var count = 0
    }

    private let state = Mutex(State())

    /// Registers as many that nobody has used yet as are lacking to `count`; each comes from an
    /// address of its own.
    func register(_ count: Int, in testnet: Testnet) throws {
        while state.withLock({ $0.free.count }) < count {
            let number = state.withLock { state in
                state.count += 1
                return state.count
            }
            let member = try testnet.registerAttackMember(from: .stranger(20_000 + number))
            state.withLock { $0.free.append(member) }
        }
    }

    /// One that nobody has used yet.
    func take() throws -> AttackMember {
        let member = state.withLock { state in
            let member = state.free.popLast()
            if let member { state.used.append(member) }
            return member
        }
        guard let member else { throw CommandFailure(.failed, "no member is left to attack") }
        return member
    }

    /// Those who have attacked since this was asked last.
    func takeUsed() -> [AttackMember] {
        state.withLock { state in
            defer { state.used = [] }
            return state.used
        }
    }
}

/// What a member does by way of another node's API, which is open to it, as fast as it can and from an
/// address of its own. It belongs to one thread.
final class MemberProgram {
    let member: AttackMember
    private let submitter: Submitter
    private let port: UInt16
    private let context: BlockingTLSContext
    private var channel: BlockingTLS?
    /// The nonce of the account's next transaction, once it is known.
    private(set) var nonce: UInt64?

    init(_ member: AttackMember, at node: EndpointsFile.Node, in testnet: AttackedTestnet) throws {
        self.member = member
        submitter = Submitter(key: member.account, chainID: testnet.testnet.endpoints.chainId)
        port = node.apiPort
        context = try BlockingTLSContext(protocols: ["http/1.1"])
    }

    var address: Address { member.account.address }

    /// Asks on a connection that stays open; one that has ended is made anew, once.
    private func ask(
        _ method: String, _ path: String, _ body: JSON? = nil, timeout: Double = 5
    ) throws(SocketFailure) -> (status: Int, body: JSON) {
        let bytes = body?.encoded ?? []
        let headers = body == nil ? [] : [(name: "content-type", value: "application/json")]
        for isLast in [channel == nil, true] {
            do throws(SocketFailure) {
                let answer = try connected().ask(
                    method, path, headers: headers, body: bytes, timeout: timeout)
                return (answer.status, (try? JSON(decoding: answer.body)) ?? .null)
            } catch {
                channel = nil
                if isLast { throw error }
            }
        }
        throw .closed
    }

    private func connected() throws(SocketFailure) -> BlockingTLS {
        if let channel { return channel }
        let made = try BlockingTLS(to: port, from: member.address, context)
        channel = made
        return made
    }

    func get(_ path: String) throws(SocketFailure) -> JSON { try ask("GET", path).body }

    func post(_ path: String, _ body: JSON) throws(SocketFailure) -> (status: Int, body: JSON) {
        try ask("POST", path, body)
    }

    /// What JSON-RPC answers to `method`.
    func call(_ method: String, _ parameters: [JSON]) throws(SocketFailure) -> JSON {
        let (_, answer) = try ask("POST", "/", Self.request(method, parameters))
        return answer["result"] ?? .null
    }

    private static func text(of signed: SignedTransaction) -> JSON {
        .string("0x" + Hexadecimal.encode(signed.encoded))
    }

    private static func request(_ method: String, _ parameters: [JSON]) -> JSON {
        [
            "jsonrpc": "2.0", "id": 1, "method": .string(method), "params": .array(parameters),
        ]
    }

    /// Hands calls in, 100 at most, with the nonces that come next, without waiting for what becomes
    /// of them; how many the node took.
    func hand(in calls: [(contract: Address, data: Bytes)]) throws(SocketFailure) -> [Hash32] {
        let first = try nextNonce()
        let requests = calls.enumerated().map { index, call -> JSON in
            let signed = submitter.sign(
                call.data, to: call.contract, nonce: first + UInt64(index))
            return Self.request("eth_sendRawTransaction", [Self.text(of: signed)])
        }
        let answers = try ask("POST", "/", .array(requests), timeout: 20).body.elements ?? []
        let hashes = answers.compactMap { $0["result"]?.hash }
        // What is refused leaves a gap that the next one fills.
        nonce = hashes.count == calls.count ? first + UInt64(calls.count) : nil
        return hashes
    }

    private func nextNonce() throws(SocketFailure) -> UInt64 {
        if let nonce { return nonce }
        let told = try call(
            "eth_getTransactionCount", [.string(address.description), "pending"])
        guard let number = told.quantity else { throw .unreadable("no nonce") }
        nonce = number
        return number
    }

    /// Hands a call in and waits until it is final: nil if it was refused, is late, or failed.
    @discardableResult
    func perform(_ data: Bytes, to contract: Address) throws(SocketFailure) -> Hash32? {
        let next = try nextNonce()
        let signed = submitter.sign(data, to: contract, nonce: next)
        nonce = nil
        let answer = try ask(
            "POST", "/api/v1/transactions?wait=final&timeout=10",
            ["raw": Self.text(of: signed)], timeout: 12)
        guard answer.status == 200, answer.body["status"] == "final" else { return nil }
        nonce = next + 1
        return Keccak256.hash(signed.encoded)
    }

    /// The number of the offer that the transaction `hash` made.
    func offerID(madeBy hash: Hash32) throws(SocketFailure) -> OfferID? {
        let receipt = try call("eth_getTransactionReceipt", [.string(hash.description)])
        let logs = receipt["logs"]?.elements?.compactMap { EventLog(json: $0) } ?? []
        return logs.lazy.compactMap { MarketEvent($0) }.first?.id
    }

    /// The numbers of the open offers, the cheapest a kilowatt-hour first.
    func openOffers() throws(SocketFailure) -> [(id: OfferID, seller: String, price: UInt64)] {
        let items = try get("/api/v1/offers?limit=100")["items"]?.elements ?? []
        return items.compactMap { item -> (id: OfferID, seller: String, price: UInt64)? in
            guard let id = item["id"]?.natural, let seller = item["seller"]?.text?.verbatim,
                let price = item["price"]?.text.flatMap({ UInt64($0.verbatim) })
            else { return nil }
            return (OfferID(UInt32(clamping: id)), seller, price)
        }.sorted { $0.price < $1.price }
    }

    /// In which state the ledger has the trade.
    func state(of id: OfferID) -> String {
        let trade = try? get("/api/v1/trades/\(id.value)")
        return trade?["state"]?.text?.verbatim ?? "unknown"
    }

    var balance: UInt64 {
        let account = try? get("/api/v1/accounts/\(address)")
        return account?["balance"]?.text.flatMap { UInt64($0.verbatim) } ?? 0
    }

    /// Waits until the account has tokens, which the aggregator tops up.
    func waitForTokens(_ effort: AttackEffort) {
        let deadline = ContinuousClock.now + .seconds(10)
        while balance == 0, !effort.isOver, ContinuousClock.now < deadline {
            Terminal.pause(milliseconds: 100)
        }
    }
}
