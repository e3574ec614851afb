import Client
import Glibc
import Ledger
import Protocol
import Synchronization

/// The honest people of an attacked testnet: members that send transactions, a member that shakes
/// hands, and the owner of the attacked node.
struct HonestParty: Sendable {
    /// Accounts that transfer tokens to each other.
    let accounts: [PrivateKey]
    let member: AttackMember
    /// TLS of a program that trusts nobody in particular, since only bytes count here.
    let browser: BlockingTLSContext

    init(in testnet: Testnet, accounts count: Int) throws {
        accounts = try testnet.registerMembers(count)
        member = try testnet.registerAttackMember()
        browser = try BlockingTLSContext(protocols: ["http/1.1"])
    }
}

/// A member that sends a transaction every so often, and waits until it is final.
struct TransactionProbe {
    /// How long a transaction is given, in seconds.
    private static let timeout = 30.0

    let measurement: Measurement
    let submitter: Submitter
    let receiver: Address
    let client: NodeClient
    /// In seconds.
    let interval: Double
    let firstDue: Double

    /// Sends until the measurement is over. A transaction that waits for the one before it is late
    /// from when it was due.
    func run() {
        var due = firstDue
        var nonce: UInt64?
        while !measurement.isOver {
            guard measurement.now >= due else {
                pause(until: due)
                continue
            }
            nonce = nonce ?? (try? client.nonce(of: submitter.address, isPending: false))
            if let next = nonce {
                let isFinal = makeFinal(next, due: due)
                nonce = isFinal ? next + 1 : nil
            }
            due += interval
        }
    }

    private func pause(until due: Double) {
        let rest = min(0.05, due - measurement.now)
        usleep(useconds_t(max(1, rest * 1_000_000)))
    }

    /// Whoever is turned away comes again with the same signed bytes.
    private func makeFinal(_ nonce: UInt64, due: Double) -> Bool {
        let data = TokenCall.transfer(to: receiver, amount: TokenAmount(1))
        let signed = submitter.sign(data, to: NativeContract.token, nonce: nonce)
        while !measurement.isOver, measurement.now - due < Self.timeout {
            if (try? client.makeFinal(signed, waitingFor: 3)) != nil {
                measurement.note(.final, due: due, seconds: measurement.now - due)
                return true
            }
            usleep(50_000)
        }
        // What the end of the measurement cuts off shows nothing.
        if measurement.now - due >= Self.timeout {
            measurement.note(.final, due: due, seconds: Self.timeout)
        }
        return false
    }
}
