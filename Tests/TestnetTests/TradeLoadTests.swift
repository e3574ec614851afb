import API
import Ledger
import Protocol
import TestKit
import Testing

@testable import Testnet

@Suite struct TradeLoadTests {
    @Test func `each trade moves both registers on by what flows in it`() throws {
        let chain = SigningDomain(chainID: 7, genesisHash: .zero)
        let (seller, buyer) = (LoadMember.random(), LoadMember.random())
        var pair = TradePair(seller: seller, buyer: buyer)
        let now = MarketTime(seconds: 1_000)
        func receipt(
            _ id: UInt32, _ member: LoadMember, _ direction: FlowDirection, _ start: UInt64,
            _ end: UInt64
        ) -> SignedMeterReceipt {
            MeterReceipt(
                tradeID: OfferID(id), meter: member.meter.address, direction: direction,
                startRegister: WattHours(start), endRegister: WattHours(end), startTime: now,
                endTime: now
            ).signed(by: member.meter, in: chain)
        }
        for (id, register) in [(UInt32(3), UInt64(0)), (9, 1)] {
            pair.offered(OfferID(id))
            let calls = LoadStep.allCases.map { pair.call($0, at: now, in: chain) }
            #expect(calls[1] == MarketCall.pickOffer(OfferID(id)))
            let start = receipt(id, buyer, .import, register, register)
            #expect(calls[2] == MarketCall.confirmP2L(OfferID(id), start: start))
            #expect(
                calls[3]
                    == MarketCall.proofOfDelivery(
                        OfferID(id), seller: receipt(id, seller, .export, register, register + 1),
                        buyer: receipt(id, buyer, .import, register, register + 1)))
            #expect(calls[4] == MarketCall.confirmL2P(OfferID(id)))
        }
    }

    @Test func `steps go to whoever may take them, in their order`() {
        var (step, parties): (LoadStep?, [LoadParty]) = (.offer, [])
        while let now = step {
            parties.append(now.party)
            step = now.next
        }
        #expect(parties == [.seller, .buyer, .buyer, .seller, .aggregator])
    }

    @Test func `a trade under way takes two members`() {
        var settings = LoadSettings(
            kind: .trade, pace: .closed(inFlight: 100, count: 600), members: 30, batch: 10, warm: 0,
            repetitions: 1, places: [], isAlone: false, timeout: 1)
        #expect(settings.tradesUnderWay == 15 && settings.membersOfRun == 30)
        settings.pace = .closed(inFlight: 4, count: 600)
        #expect(settings.membersOfRun == 8)
        settings.pace = .closed(inFlight: 4, count: 3)
        #expect(settings.membersOfRun == 6)
    }

    @Test func `trades a second are those after the first, over the time since`() {
        var times = TradeTimes()
        #expect(times.perSecond == nil)
        for (number, time) in [1.0, 1.5, 2, 3].enumerated() {
            times.noteTrade(milliseconds: Double(number), at: time)
            for step in LoadStep.allCases {
                times.note(step, milliseconds: Double(10 * step.rawValue + number))
            }
        }
        #expect(times.perSecond == 1.5)
        func value(_ name: String) -> Double? {
            times.figures.first { $0.name == name }?.values.first
        }
        #expect(value("settled trades") == 1.5)
        #expect(value("PoD until final, p99") == 33)
        #expect(value("all five until final, p99") == 3)
    }

    @Test
    func `a lane hands in what waits, once what it asked is answered, as much as a pool takes`()
        throws
    {
        let key = PrivateKey.random()
        let (near, far) = try LoopbackPair.make()
        let node = LoopbackSocket(accepted: far)
        let lane = TradeLane(key, nonce: 5, chainID: 7) { () throws(SocketFailure) in near }
        #expect(!lane.isReady(at: 0))
        let hashes = (0..<60).map { lane.add([UInt8($0)], number: $0) }
        #expect(lane.isReady(at: 0))
        #expect(try lane.handIn(at: 0) == Array(0..<20))
        #expect(!lane.isReady(at: 0))
        var text = HTTP1Text()
        while text.body == nil { text.bytes += try node.receive() }
        let calls = try #require(try JSON(decoding: text.body ?? []).elements)
        let raw = try #require(calls[1]["params"]?.elements?.first?.text?.verbatim)
        let second = try VerifiedTransaction(
            decoding: #require(Hexadecimal.decode(raw.dropFirst(2))))
        #expect(calls.count == 20 && second.hash == hashes[1])
        #expect(second.transaction.nonce == 6 && second.sender == key.address)
        // Nineteen are taken; the last one is refused for now.
        let result = (0..<19).map { _ in #"{"id":1,"result":"0x12"}"# }
        let refusal =
            #"{"id":1,"error":{"code":-32005,"message":"busy","data":{"retryAfterSeconds":1}}}"#
        let body = "[" + (result + [refusal]).joined(separator: ",") + "]"
        try node.send(
            Array("HTTP/1.1 200 OK\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)".utf8))
        let answer = try #require(try lane.read(at: 10))
        #expect(answer.taken == Array(0..<19) && answer.refused == 1)
        #expect(!lane.isReady(at: 10.5) && lane.isReady(at: 11))
        // Of 32 that a pool takes at once twelve are left.
        let next = try lane.handIn(at: 11)
        #expect(next.first == 19 && (12...16).contains(next.count))
    }
}
