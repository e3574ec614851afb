import GRDB
import Ledger
import Market
import Protocol
import Storage
import TestKit
import Testing

/// What roles write down comes back as it was; what cannot be read is named.
@Suite struct RoleStoreTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private var path: String { directory.path + "/role.sqlite" }

    private static func address(_ number: UInt8) -> Address {
        Address(bytes: Bytes(repeating: 0xab, count: 19) + [number]) ?? .zero
    }

    private static let meter = address(1)
    private static let time = MarketTime(seconds: 1_623_628_800)

    private static func reading(_ seconds: UInt64 = 0) -> MeterReading {
        MeterReading(
            meter: meter, time: time.advanced(bySeconds: seconds), importRegister: WattHours(7),
            exportRegister: WattHours(9), power: -3_000)
    }

    private static let receipt = SignedMeterReceipt(
        receipt: MeterReceipt(
            tradeID: OfferID(2), meter: meter, direction: .export, startRegister: WattHours(1),
            endRegister: WattHours(9), startTime: time, endTime: time),
        signature: Signature(r: 1, s: 2, yParity: true))

    private static func trade(_ id: UInt32, _ status: TradeStatus) -> KeptTrade {
        KeptTrade(
            id: OfferID(id), seller: address(2), buyer: address(3), energy: WattHours(50),
            price: TokenAmount(4_000), status: status, deliveredEnergy: WattHours(8),
            sellerBegan: reading(), sellerReceipt: receipt, buyerBegan: nil, buyerReceipt: nil)
    }

    private static func sale(_ number: UInt8, at milliseconds: UInt64, _ purchase: UInt32?)
        -> TokenSale
    {
        TokenSale(
            account: address(2), amount: TokenAmount(5), purchase: purchase,
            transaction: Hash32(digest: Bytes(repeating: number, count: 32)), block: 3,
            soldAt: Timestamp(milliseconds: milliseconds))
    }

    private static func report(_ start: UInt64, _ supplies: [UInt64]) -> QuarterReport {
        QuarterReport(
            first: time.advanced(bySeconds: start * 900),
            quarters: supplies.map {
                QuarterSums(meters: 9, measured: 8, supply: WattHours($0), need: WattHours(3))
            })
    }

    @Test func `a household keeps what its aggregator told of quarters, as it was told first`()
        async throws
    {
        let (one, other) = (Self.address(8), Self.address(9))
        let store = try HouseholdStore(path: path)
        #expect(try store.newestTold() == nil)
        #expect(try store.memory(of: Self.meter).told == nil)
        try await store.store(.told(Self.report(0, [10, 20]), by: one))
        try await store.store(.told(Self.report(1, [99, 30]), by: one))
        func told(by aggregator: Address) throws -> [UInt64] {
            try store.told(
                by: aggregator, from: Self.time, to: Self.time.advanced(bySeconds: 9_000)
            ).map(\.sums.supply.value)
        }
        #expect(try told(by: one) == [10, 20, 30])
        #expect(try told(by: other).isEmpty)
        let end = Self.time.advanced(bySeconds: 3 * 900)
        #expect(try store.newestTold() == ToldQuarters(by: one, until: end))
        let again = try HouseholdStore(path: path)
        #expect(try again.memory(of: Self.meter).told == ToldQuarters(by: one, until: end))
        // Another aggregator's households are others.
        try await store.store(.told(Self.report(1, [40]), by: other))
        #expect(try told(by: one).isEmpty)
        #expect(try told(by: other) == [40])
        // A day has the quarters that begin in it.
        let (second, third) = (
            Self.time.advanced(bySeconds: 900), Self.time.advanced(bySeconds: 1_800)
        )
        #expect(try store.told(by: other, from: .zero, to: second).isEmpty)
        let found = try store.told(by: other, from: second, to: third)
        #expect(found.map(\.start) == [second])
        #expect(
            found.map(\.sums) == Self.report(1, [40]).quarters, "each figure stays what it was")
        #expect(try store.told(by: other, from: third, to: MarketTime(seconds: .max)).isEmpty)
    }

    @Test func `a household keeps told quarters for 400 days`() async throws {
        let store = try HouseholdStore(path: path)
        let teller = Self.address(8)
        try await store.store(.told(Self.report(0, [1, 2]), by: teller))
        let days = UInt64(400 * 96)
        try await store.store(.told(Self.report(days + 1, [3]), by: teller))
        let kept = try store.told(by: teller, from: .zero, to: MarketTime(seconds: .max))
        #expect(kept.map(\.sums.supply.value) == [2, 3])
        #expect(kept.map(\.start).first == Self.time.advanced(bySeconds: 900))
    }

    @Test func `an aggregator knows why a member is suspended, as long as it is`()
        async throws
    {
        let store = try AggregatorStore(path: path)
        let member = Self.address(2)
        func act(
            _ what: String, _ reason: String?, _ outcome: OperatorAction.Outcome? = .done,
            on account: Address? = nil
        ) async throws {
            _ = try await store.add(
                OperatorAction(
                    at: Timestamp(milliseconds: 1), name: "operator", what: what,
                    member: account ?? member, reason: reason, outcome: outcome))
        }
        #expect(try store.suspensionReason(of: member) == nil)
        try await act("suspended", "unpaid", nil)
        #expect(try store.suspensionReason(of: member) == "unpaid")
        try await act("renamed", "typed wrong")
        try await act("suspended", "for another", on: Self.address(3))
        try await act("reinstated", "paid", .refused("no"))
        #expect(try store.suspensionReason(of: member) == "unpaid")
        try await act("reinstated", "paid")
        #expect(try store.suspensionReason(of: member) == nil)
        try await act("suspended", nil)
        #expect(try store.suspensionReason(of: member) == nil)
    }

    @Test func `an aggregator keeps what a meter showed first in each quarter of an hour`()
        async throws
    {
        let store = try AggregatorStore(path: path)
        func showed(_ seconds: UInt64, _ imported: UInt64) -> ReceivedReading {
            ReceivedReading(
                reading: MeterReading(
                    meter: Self.meter, time: Self.time.advanced(bySeconds: seconds),
                    importRegister: WattHours(imported), exportRegister: WattHours(9), power: 0),
                receivedAt: Timestamp(milliseconds: seconds))
        }
        func member(_ number: UInt8) -> Member {
            .fixture(Self.address(number), .consumer, meter: Self.meter)
        }
        try await store.store(.members([member(2)], names: [:]))
        #expect(try store.firstQuarter() == nil)
        try await store.store(
            .readings([showed(2, 10), showed(3, 11), showed(905, 20), showed(1_801, 40)]))
        #expect(try store.firstQuarter() == Self.time)
        func mark(_ quarter: UInt64, within seconds: UInt64) throws -> UInt64? {
            let start = Self.time.advanced(bySeconds: quarter * 900)
            let marks = try store.marks(
                of: Self.meter, inQuartersFrom: start, through: start, within: seconds)
            return marks[start]?.imported.value
        }
        #expect(try mark(0, within: 60) == 10)
        #expect(try mark(1, within: 4) == nil && mark(1, within: 5) == 20)
        #expect(try mark(3, within: 900) == nil)
        func flowed(_ from: UInt64, _ to: UInt64) throws -> UInt64? {
            try store.marks(
                of: Self.meter, from: Self.time.advanced(bySeconds: from),
                to: Self.time.advanced(bySeconds: to)
            ).map { $0.last.imported.value - $0.first.imported.value }
        }
        #expect(try flowed(0, 1_800) == 30)
        #expect(try flowed(900, 90_000) == 20)
        #expect(try flowed(2_700, 90_000) == nil)
        // Readings go after days; what was marked stays.
        try await store.store(.oldReadings(before: Timestamp(milliseconds: 10_000)))
        #expect(try flowed(0, 1_800) == 30)
    }

    @Test func `a household finds its registers and deliveries again`() async throws {
        let registers = MeterRegisters(
            time: Self.time, imported: MilliwattSeconds(123_456_789), exported: MilliwattSeconds(1)
        )
        var open = MeterDelivery(tradeID: OfferID(1), direction: .import, began: Self.reading())
        var ended = MeterDelivery(tradeID: OfferID(2), direction: .export, began: Self.reading())
        do {
            let store = try HouseholdStore(path: path)
            #expect(try store.memory(of: Self.meter) == HouseholdMemory())
            try await store.store(.registers(registers, of: Self.meter))
            try await store.store(.delivery(open))
            try await store.store(.delivery(ended))
            ended.receipt = Self.receipt
            try await store.store(.delivery(ended))
        }
        let store = try HouseholdStore(path: path)
        #expect(try store.memory(of: Self.meter).registers == registers)
        #expect(try store.memory(of: Self.meter).deliveries == [open, ended])
        #expect(try store.memory(of: Self.address(9)).registers == nil)
        try await store.store(.abandoned(OfferID(1)))
        open.isAbandoned = true
        #expect(try store.memory(of: Self.meter).deliveries == [open, ended])
    }

    /// Whatever is asked for afterwards: a memory that is older does not undo what was said.
    @Test func `what a meter signed and counted is never overwritten`() async throws {
        let store = try HouseholdStore(path: path)
        func registers(_ imported: UInt64, _ exported: UInt64) -> MeterRegisters {
            MeterRegisters(
                time: Self.time, imported: MilliwattSeconds(imported),
                exported: MilliwattSeconds(exported))
        }
        try await store.store(.registers(registers(500, 70), of: Self.meter))
        try await store.store(.registers(registers(400, 80), of: Self.meter))
        #expect(try store.memory(of: Self.meter).registers == registers(500, 80))
        let open = MeterDelivery(tradeID: OfferID(2), direction: .export, began: Self.reading())
        var signed = open
        signed.receipt = Self.receipt
        try await store.store(.delivery(open))
        try await store.store(.delivery(signed))
        try await store.store(.delivery(open))
        #expect(try store.memory(of: Self.meter).deliveries == [signed])
    }

    @Test func `an aggregator's books keep the receipts that they have`() async throws {
        let store = try AggregatorStore(path: path)
        let kept = Self.trade(1, .paid)
        try await store.store(.trade(kept))
        try await store.store(
            .trade(
                KeptTrade(
                    id: kept.id, seller: kept.seller, buyer: kept.buyer, energy: kept.energy,
                    price: kept.price, status: kept.status,
                    deliveredEnergy: kept.deliveredEnergy, sellerBegan: kept.sellerBegan,
                    sellerReceipt: nil, buyerBegan: nil, buyerReceipt: nil)))
        #expect(try store.memory(at: .zero).trades == [kept])
    }

    @Test func `an aggregator finds top-ups and each meter's last reading again`() async throws {
        let store = try AggregatorStore(path: path)
        let member = Member(
            account: Self.address(2), role: .prosumer, meterKey: Self.meter,
            ratedPower: Watts(22_000), certificateHash: .zero)
        try await store.store(.members([member], names: [:]))
        try await store.store(
            .readings(
                (0..<3).map {
                    ReceivedReading(reading: Self.reading($0), receivedAt: .zero)
                }))
        let one = TopUp(
            account: Self.address(2), amount: TokenAmount(5), decidedAt: Timestamp(milliseconds: 9))
        let two = TopUp(account: Self.address(3), amount: TokenAmount(5), decidedAt: .zero)
        for topUp in [one, two] { try await store.store(.topUp(topUp)) }
        try await store.store(.noTopUp(of: two.account))
        let memory = try store.memory(at: Timestamp(milliseconds: 10))
        #expect(memory.topUps == [one])
        #expect(memory.readings == [Self.reading(2)])
    }

    @Test func `an aggregator finds the trades that are not over and a day's sales again`()
        async throws
    {
        let day: UInt64 = 86_400_000
        do {
            let store = try AggregatorStore(path: path)
            for (id, status) in zip(1..., TradeStatus.allCases) where status != .open {
                try await store.store(.trade(Self.trade(UInt32(id), .paid)))
                try await store.store(.trade(Self.trade(UInt32(id), status)))
            }
            for sale in [
                Self.sale(1, at: 10, 1), Self.sale(2, at: 11, 2), Self.sale(3, at: 12, nil),
            ] {
                try await store.store(.sale(sale))
            }
        }
        let memory = try AggregatorStore(path: path)
            .memory(at: Timestamp(milliseconds: day + 11))
        let expected = zip(1..., TradeStatus.allCases).filter {
            [.picked, .paid, .delivered].contains($1)
        }.map { Self.trade(UInt32($0), $1) }
        #expect(expected.count == 3)
        #expect(memory.trades == expected)
        #expect(memory.sales == [Self.sale(2, at: 11, 2)])
    }

    @Test func `readings are kept once each, and until they are old`() async throws {
        let store = try AggregatorStore(path: path)
        let batch = (0..<6).map { second in
            ReceivedReading(
                reading: Self.reading(UInt64(second % 5)),
                receivedAt: Timestamp(milliseconds: UInt64(second)))
        }
        try await store.store(.readings(batch))
        #expect(try count("reading") == 5)
        try await store.store(.oldReadings(before: Timestamp(milliseconds: 3)))
        #expect(try count("reading") == 2)
    }

    @Test func `members are kept with their names, in the ledger's spelling`() async throws {
        let store = try AggregatorStore(path: path)
        let member = Member(
            account: Self.address(2), role: .prosumer, meterKey: Self.meter,
            ratedPower: Watts(22_000), certificateHash: .zero)
        try await store.store(.members([member], names: [member.account: "Ada"]))
        try await store.store(.members([member], names: [:]))
        let row = try DatabaseQueue(path: path).read { db in
            try Row.fetchOne(
                db, sql: "SELECT user.name, meter.address FROM user JOIN meter USING (account)")
        }
        let found = try #require(row)
        #expect(found["name"] == "Ada")
        #expect(found["address"] == Self.meter.description)
    }

    @Test(arguments: [
        ("UPDATE trade SET status = 'sold'", "column status names no status: sold"),
        ("UPDATE trade SET seller = 'nobody'", "column seller is not 20 bytes in base 16"),
        ("UPDATE trade SET energy_wh = -1", "column energy_wh is negative"),
        ("UPDATE trade SET seller_receipt = x'c0'", "column seller_receipt cannot be read"),
    ])
    func `a damaged column of the aggregator's books is named`(
        _ damage: String, _ reason: String
    ) async throws {
        let store = try AggregatorStore(path: path)
        try await store.store(.trade(Self.trade(1, .paid)))
        try await DatabaseQueue(path: path).write { try $0.execute(sql: damage) }
        let error = try #require(throws: StorageError.self) { try store.memory(at: .zero) }
        #expect("\(error)".contains(reason), "\(error)")
        #expect("\(error)".contains(path))
    }

    @Test(arguments: [
        ("UPDATE meter SET imported = -5", "column imported is negative"),
        ("UPDATE delivery SET direction = 3", "column direction"),
        ("UPDATE delivery SET began = x'00'", "column began cannot be read"),
    ])
    func `a damaged column of a household's is named`(
        _ damage: String, _ reason: String
    ) async throws {
        let store = try HouseholdStore(path: path)
        try await store.store(
            .registers(
                MeterRegisters(time: Self.time, imported: .zero, exported: .zero),
                of: Self.meter))
        try await store.store(
            .delivery(
                MeterDelivery(tradeID: OfferID(1), direction: .import, began: Self.reading())))
        try await DatabaseQueue(path: path).write { try $0.execute(sql: damage) }
        let error = try #require(throws: StorageError.self) { try store.memory(of: Self.meter) }
        #expect("\(error)".contains(reason), "\(error)")
    }

    private func count(_ table: String) throws -> Int? {
        try DatabaseQueue(path: path).read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)")
        }
    }
}
