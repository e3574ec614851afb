import Node
import Protocol
import Testing

@testable import Testnet

@Suite struct SoakBoardTests {
    private static func fault(
        _ target: PlannedFault.Target, _ number: Int = 1, action: PlannedStep.Action = .kill
    ) -> PlannedFault {
        PlannedFault(number: number, action: action, target: target, begin: 0, duration: 1)
    }

    private static let validators: Set<String> = ["v1", "v2", "v3", "v4"]

    @Test func `a second validator waits until the first has come back`() {
        let board = SoakBoard()
        let first = Self.fault(.node("v1"))
        #expect(board.mayBegin(Self.fault(.proposer), validators: Self.validators))
        board.note(
            .init(fault: first, names: ["v1"], what: "killed v1"), roles: ["v1": "validator"])
        #expect(!board.mayBegin(Self.fault(.proposer), validators: Self.validators))
        #expect(!board.mayBegin(Self.fault(.node("v2")), validators: Self.validators))
        #expect(board.mayBegin(Self.fault(.node("h01")), validators: Self.validators))
        #expect(!board.mayBegin(Self.fault(.all), validators: Self.validators))
        board.note(.init(fault: first, names: ["v1"], what: "", isEnd: true), roles: [:])
        #expect(!board.mayBegin(Self.fault(.node("v2")), validators: Self.validators))
        board.cameBack("v1")
        #expect(board.mayBegin(Self.fault(.node("v2")), validators: Self.validators))
        #expect(board.current.faults.first?.comeback != nil)
        #expect(board.current.restarts == ["v1": 1])
    }

    @Test func `only what was handed in after a fault shows that it is over`() throws {
        let board = SoakBoard()
        let before = board.elapsed
        board.note(.init(fault: Self.fault(.proposer), names: ["v1"], what: ""), roles: [:])
        board.acknowledged(handedIn: before, block: 1, succeeded: true)
        #expect(board.current.faults[0].recovery == nil)
        board.acknowledged(handedIn: board.elapsed, block: 2, succeeded: true)
        #expect(board.current.faults[0].recovery != nil)
        #expect(board.current.acknowledged == 2)
    }

    @Test func `after a quorum was cut on purpose the ledger has to recover from its end on`() {
        let board = SoakBoard()
        let cut = Self.fault(.all)
        board.note(.init(fault: cut, names: ["v1", "v2"], what: ""), roles: [:])
        board.acknowledged(handedIn: board.elapsed, block: 1, succeeded: true)
        #expect(board.current.faults[0].recovery == nil)
        board.note(.init(fault: cut, names: ["v1", "v2"], what: "", isEnd: true), roles: [:])
        board.acknowledged(handedIn: board.elapsed, block: 2, succeeded: true)
        #expect(board.current.faults[0].recovery != nil)
        #expect(board.current.longestStall == 0)
        #expect(board.current.longestStallByIntent > 0)
    }

    @Test func `a node that shows less than before has lost something`() {
        let board = SoakBoard()
        #expect(board.height(of: "v1") { 7 } == 7)
        #expect(board.height(of: "v1") { nil } == nil)
        #expect(board.height(of: "v1") { 8 } == 8)
        #expect(board.current.findings.count == 0)
        #expect(board.height(of: "v1") { 7 } == 7)
        #expect(board.current.findings.count == 1)
    }

    @Test func `a broken promise is told once`() {
        let board = SoakBoard()
        board.find("v1 went back")
        board.find("v1 went back")
        #expect(board.current.findings.count == 1)
    }
}

@Suite struct TailTests {
    @Test func `percentiles are nearest ranks`() {
        let ranks = Spread((1...200).map(Double.init).shuffled())
        #expect(ranks.percentile(50) == 100)
        #expect(ranks.percentile(99) == 198)
        #expect(ranks.percentile(100) == 200)
        #expect(Spread([3]).percentile(99) == 3)
        #expect(Spread([]).percentile(50) == nil)
    }
}

@Suite struct LogScanTests {
    @Test(arguments: [
        ("2026-11-23T07:44:39+0000 info v1: round=0 [Node] block 26 is final", false),
        ("2026-11-23T07:44:39+0000 info v1: it is critical that", false),
        ("2026-11-23T07:44:39+0000 critical v1: [Node] refused to sign a second prepare", true),
        ("Node/Node.swift:12: Fatal error: Index out of range", true),
        ("2026-11-23T07:44:39+0000 warning v1: [Node] a validator has broken its promises", true),
    ])
    func `what no sound node says is told from the rest`(_ line: String, _ isAlarming: Bool) {
        #expect(LogScan.isAlarming(line) == isAlarming)
    }
}

@Suite struct SoakCallsTests {
    @Test func `the same seed makes the same calls, most of them transfers`() {
        let market = SoakMarket()
        var (one, other) = (
            SoakCalls(seed: 4, account: .zero, others: [.zero], refundAfter: 60),
            SoakCalls(seed: 4, account: .zero, others: [.zero], refundAfter: 60)
        )
        let calls = (0..<400).map { one.next(at: Double($0), market) }
        #expect(calls.map(\.data) == (0..<400).map { other.next(at: Double($0), market).data })
        #expect(calls.count { $0.name == "transfer" } > 300)
        #expect(calls.contains { $0.name == "addOffer" })
        #expect(!calls.contains { $0.name == "cancelOffer" || $0.name == "pickOffer" })
    }

    @Test func `nobody picks an offer of one's own`() {
        let market = SoakMarket()
        market.add(OfferID(7), by: .zero)
        #expect(market.take(for: .zero) == nil)
        #expect(market.take(for: NativeContract.market) == OfferID(7))
        #expect(market.take(for: NativeContract.market) == nil)
    }
}
