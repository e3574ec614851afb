import Protocol

/// A household's program that was changed: it is linked with its aggregator, and its meter shows and
/// signs what its owner likes. It belongs to one thread.
final class ShamHousehold {
    /// What it signs at the end of a delivery, in place of what its meter counted; nil where it stays
    /// silent.
    typealias Signing = (MeterReceipt) -> MeterReceipt?

    private let member: AttackMember
    /// By which it asks what stands on the ledger.
    private let program: MemberProgram
    private let link: PeerLink
    private let testnet: AttackedTestnet
    /// The power drawn from the grid, in W; fed in if negative.
    private let watts: Int32
    private let signing: Signing
    private let start: MarketTime
    private var began: [OfferID: MeterReading] = [:]
    /// Up to where each register is signed away, in Wh.
    private var signed: [FlowDirection: UInt64] = [:]
    private var nextReading = ContinuousClock.now
    /// How many deliveries it has begun, and receipts signed.
    private(set) var begun = 0
    private(set) var receipts = 0

    init(
        of program: MemberProgram, in testnet: AttackedTestnet, watts: Int32,
        signing: @escaping Signing = { $0 }
    ) throws {
        member = program.member
        self.program = program
        self.testnet = testnet
        self.watts = watts
        self.signing = signing
        start = testnet.marketNow
        let port = try testnet.node("aggregator").p2pPort
        link = try PeerLink(
            to: port, as: member, from: member.address, greeting: testnet.hello(), listens: true)
    }

    /// What its meter shows now.
    private var reading: MeterReading {
        let now = testnet.marketNow
        let flowed = UInt64(watts.magnitude) * (now.seconds - start.seconds) / 3_600
        return MeterReading(
            meter: member.meter.address, time: now,
            importRegister: WattHours(watts > 0 ? flowed : 0),
            exportRegister: WattHours(watts < 0 ? flowed : 0), power: watts)
    }

    /// Says what is due, and answers what has come.
    func work() throws(SocketFailure) {
        for case .meter(let message) in try link.takeMessages() { try answer(message) }
        guard ContinuousClock.now >= nextReading else { return }
        nextReading = .now + .seconds(1)
        try link.send(.meter(.reading(reading)))
    }

    private func answer(_ message: MeterMessage) throws(SocketFailure) {
        switch message {
        case .begin(let command) where program.state(of: command.tradeID) == "picked":
            // Before a trade is paid, a buyer's meter is asked whether it is there.
            let now = reading
            let start = MeterReceipt(
                tradeID: command.tradeID, meter: now.meter, direction: .import,
                startRegister: now.importRegister, endRegister: now.importRegister,
                startTime: now.time, endTime: now.time)
            try link.send(.meter(.receipt(start.signed(by: member.meter, in: testnet.domain))))
        case .begin(let command):
            if began[command.tradeID] == nil { begun += 1 }
            let first = began[command.tradeID] ?? reading
            began[command.tradeID] = first
            try link.send(.meter(.began(command, first)))
        case .end(let command):
            guard let first = began[command.tradeID],
                let receipt = signing(receipt(for: command, since: first))
            else { return }
            receipts += 1
            try link.send(.meter(.receipt(receipt.signed(by: member.meter, in: testnet.domain))))
        case .reading, .began, .receipt, .refusal, .signInWish, .signInChallenge, .signInAnswer,
            .quartersWish, .quarters, .suspension:
            break
        }
    }

    private func receipt(
        for command: DeliveryCommand, since first: MeterReading
    ) -> MeterReceipt {
        let register =
            command.direction == .import ? first.importRegister : first.exportRegister
        let from = max(register.value, signed[command.direction] ?? 0)
        let end = from + command.energy.value
        signed[command.direction] = end
        return MeterReceipt(
            tradeID: command.tradeID, meter: member.meter.address, direction: command.direction,
            startRegister: WattHours(from), endRegister: WattHours(end), startTime: first.time,
            endTime: testnet.marketNow)
    }
}
