import Ledger
import Protocol
import Testing

@testable import Market

@Suite struct SmartMeterTests {
    private static let start = MarketTime(seconds: 1_623_628_800)
    private static let households = [1, 2, 3, 4, 5, 6]

    private func meter(_ source: MeterSource, at now: MarketTime) -> SmartMeter {
        SmartMeter(
            key: Keys.key(9), source: source,
            resuming: MeterRegisters(time: now, imported: .zero, exported: .zero), at: now)
    }

    @Test(arguments: households)
    func `a day's registers are the file's net sums, however the day is cut`(
        _ household: Int
    ) throws {
        let profile = MeasuredDay.profile(household)
        let nets = profile.slots.map { Int64($0.consumed.value) - Int64($0.generated.value) }
        let imported = nets.filter { $0 > 0 }.reduce(0, +)
        let exported = -nets.filter { $0 < 0 }.reduce(0, +)
        for step in [1 as UInt64, 7, 60, 899, 86_400] {
            var meter = meter(MeterSource.profile(ProfileSource(profile)), at: Self.start)
            var seconds: UInt64 = 0
            while seconds < 86_400 {
                seconds = min(seconds + step, 86_400)
                meter.advance(to: Self.start.advanced(bySeconds: seconds))
            }
            #expect(meter.registers.imported == MilliwattSeconds(WattHours(UInt64(imported))))
            #expect(meter.registers.exported == MilliwattSeconds(WattHours(UInt64(exported))))
        }
    }

    @Test func `after its last slot a profile begins again`() throws {
        let profile = MeasuredDay.profile(5)
        let source = MeterSource.profile(ProfileSource(profile))
        let noon = Self.start.advanced(bySeconds: 43_211)
        let inTenDays = noon.advanced(bySeconds: 10 * 86_400)
        #expect(source.power(at: noon) == source.power(at: inTenDays))
        let day = source.flow(from: noon, to: noon.advanced(bySeconds: 86_400))
        let tenDays = source.flow(from: noon, to: inTenDays)
        #expect(tenDays.imported.value == 10 * day.imported.value)
        #expect(tenDays.exported.value == 10 * day.exported.value)
    }

    @Test func `a profile knows the time before its first row too`() throws {
        let profile = MeasuredDay.profile(1)
        let source = MeterSource.profile(ProfileSource(profile))
        let before = MarketTime(seconds: Self.start.seconds - 900)
        let last = Self.start.advanced(bySeconds: 95 * 900)
        #expect(
            source.flow(from: before, to: Self.start)
                == source.flow(from: last, to: last.advanced(bySeconds: 900)))
    }

    @Test func `a set power counts to the last milliwatt-second`() throws {
        let source = MeterSource.manual(100)
        var meter = meter(source, at: Self.start)
        for second in 1...36 as ClosedRange<UInt64> {
            meter.advance(to: Self.start.advanced(bySeconds: second))
        }
        #expect(meter.reading.importRegister == WattHours(1))
        let refusal = meter.setPower(-7_200, limit: Watts(10_000))
        #expect(refusal == nil)
        meter.advance(to: Self.start.advanced(bySeconds: 37))
        #expect(meter.reading.importRegister == WattHours(1))
        #expect(meter.reading.exportRegister == WattHours(2))
        #expect(meter.reading.power == -7_200)
    }

    @Test func `registers stand still when the clock goes back`() throws {
        var meter = meter(.manual(1_000), at: Self.start)
        meter.advance(to: Self.start.advanced(bySeconds: 3_600))
        meter.advance(to: Self.start)
        #expect(meter.reading.importRegister == WattHours(1_000))
        #expect(meter.reading.time == Self.start.advanced(bySeconds: 3_600))
    }

    @Test func `a restarted meter makes up for its absence where it can`() throws {
        let profile = MeasuredDay.profile(3)
        let source = MeterSource.profile(ProfileSource(profile))
        var whole = meter(source, at: Self.start)
        whole.advance(to: Self.start.advanced(bySeconds: 50_000))
        var first = meter(source, at: Self.start)
        first.advance(to: Self.start.advanced(bySeconds: 12_345))
        let later = Self.start.advanced(bySeconds: 50_000)
        var second = SmartMeter(
            key: Keys.key(9), source: source, resuming: first.registers, at: later)
        second.advance(to: later)
        #expect(second.registers == whole.registers)

        var manual = SmartMeter(
            key: Keys.key(9), source: .manual(5_000), resuming: first.registers,
            at: later)
        manual.advance(to: later)
        #expect(manual.registers.imported == first.registers.imported)
    }

    @Test func `a receipt is signed by the meter's own key`() throws {
        let key = try #require(PrivateKey(secret: Bytes(repeating: 9, count: 32)))
        let meter = SmartMeter(
            key: key, source: .manual(0),
            resuming: MeterRegisters(time: Self.start, imported: .zero, exported: .zero),
            at: Self.start)
        let domain = SigningDomain(chainID: 5, genesisHash: .zero)
        let signed = meter.receipt(
            for: OfferID(3), .export,
            over: RegisterStretch(
                start: RegisterPoint(register: .zero, time: Self.start),
                end: RegisterPoint(register: WattHours(5), time: Self.start)), in: domain)
        let signer = Secp256k1().signer(
            of: signed.signature, over: signed.receipt.digest(in: domain))
        #expect(signer == key.address)
    }

    /// 3,000 W for 120 s are 100 Wh.
    @Test func `a stretch ends where so much had flowed, on the line between its ends`() throws {
        let source = MeterSource.manual(-3_000)
        var meter = meter(source, at: Self.start)
        let start = RegisterPoint(
            register: meter.registers.register(.export), time: Self.start)
        #expect(meter.stretch(of: WattHours(1), .export, from: start) == nil)
        meter.advance(to: Self.start.advanced(bySeconds: 120))
        func end(of energy: UInt64) throws -> (UInt64, UInt64) {
            let stretch = try #require(
                meter.stretch(of: WattHours(energy), .export, from: start))
            #expect(stretch.start == start)
            return (
                stretch.energy.value, stretch.end.time.seconds - start.time.seconds
            )
        }
        #expect(try end(of: 100) == (100, 120))
        #expect(try end(of: 1_000) == (100, 120))
        #expect(try end(of: 50) == (50, 60))
        // Rounded up, so that the stretch itself is no faster than what has flowed.
        #expect(try end(of: 33) == (33, 40))
        #expect(try end(of: 34) == (34, 41))
        #expect(meter.stretch(of: .zero, .export, from: start) == nil)
        #expect(meter.stretch(of: WattHours(1), .import, from: start) == nil)
        // It went slowly before, and goes fast now: 10 Wh at 300 W, then 100 Wh at 3,000 W.
        var uneven = self.meter(.manual(-300), at: Self.start)
        uneven.advance(to: Self.start.advanced(bySeconds: 120))
        _ = uneven.setPower(-3_000, limit: Watts(10_000))
        uneven.advance(to: Self.start.advanced(bySeconds: 240))
        let cut = uneven.stretch(of: WattHours(60), .export, from: start)
        #expect(cut?.end.time.seconds == start.time.seconds + 180)
        let ahead = RegisterPoint(
            register: start.register, time: Self.start.advanced(bySeconds: 121))
        #expect(meter.stretch(of: WattHours(1), .export, from: ahead) == nil)
    }
}
