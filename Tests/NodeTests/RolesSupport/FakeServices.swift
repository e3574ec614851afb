import Ledger
import Protocol
import Synchronization

@testable import Node

/// What roles say to each other on their way.
final class FakePost: Sendable {
    struct Letter: Sendable {
        let message: MeterMessage
        let from: Address
        let to: Address
    }

    private let letters = Mutex<[Letter]>([])
    private let cutOff = Mutex<Set<Address>>([])

    func send(_ letter: Letter) -> Bool {
        guard cutOff.withLock({ !$0.contains(letter.to) && !$0.contains(letter.from) }) else {
            return false
        }
        letters.withLock { $0.append(letter) }
        return true
    }

    func takeAll() -> [Letter] {
        letters.withLock { letters in
            defer { letters = [] }
            return letters
        }
    }

    func cutOff(_ account: Address) { cutOff.withLock { _ = $0.insert(account) } }

    func reconnect(_ account: Address) { cutOff.withLock { _ = $0.remove(account) } }
}

/// The services of one node on the fake ledger.
final class FakeServices: NodeServices {
    /// When submissions fail, as if the process had ended there.
    enum Fault: Sendable {
        case none
        case before(Bytes)
        case after(Bytes)
    }

    let key: PrivateKey
    let ledger: FakeLedger
    let post: FakePost
    let fault = Mutex(Fault.none)

    init(key: PrivateKey, ledger: FakeLedger, post: FakePost) {
        self.key = key
        self.ledger = ledger
        self.post = post
    }

    var account: Address { key.address }
    var domain: SigningDomain { ledger.state.domain }
    var marketClock: MarketClock { ledger.clock }
    func now() -> Timestamp { ledger.now }
    func state() -> LedgerState { ledger.state }
    func head() -> BlockHeader { ledger.content.withLock { $0.head } }

    func submit(
        to contract: Address, data: Bytes
    ) async throws(CallFailure) -> FinalTransaction {
        let fault = fault.withLock { $0 }
        if case .before(let selector) = fault, data.starts(with: selector) { throw .stopped }
        let final = try ledger.call(contract, data, by: key)
        if case .after(let selector) = fault, data.starts(with: selector) { throw .stopped }
        return final
    }

    func send(_ message: MeterMessage, to peer: Address) async -> Bool {
        post.send(FakePost.Letter(message: message, from: account, to: peer))
    }
}
