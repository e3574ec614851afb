import Ledger
import Protocol
import TestKit
import Testing

/// Numbers at the edges of their types, in every argument of every function of the contracts and in
/// every number of a receipt: nothing traps, and what is refused says why.
@Suite struct BoundaryTests {
    /// Where arithmetic of 8, 31, 32, 63, 64, 128 and 256 bits goes over.
    static let numbers: [UInt256] =
        [7, 8, 31, 32, 63].flatMap { bits -> [UInt64] in
            [(1 << bits) - 1, 1 << bits, (1 << bits) + 1]
        }.map { UInt256($0) } + [0, 1, UInt256(UInt64.max - 1), UInt256(UInt64.max)]
        + [9, 16, 17, 32].compactMap { UInt256(bigEndian: Bytes(repeating: 0xff, count: $0)) }

    private static let members = [
        TestCommunity.anna, TestCommunity.ben, TestCommunity.aggregator, TestCommunity.exchange,
        TestCommunity.validator, TestCommunity.stranger,
    ]

    /// A market with something in each state that calls can come upon.
    private static func communities() throws -> [TestCommunity] {
        [
            try TestCommunity(), try .withOffer(), try .withPick(), try .withPayment(),
            try .withDelivery(),
        ]
    }

    /// A value of `type` that calls usually have.
    private func usual(_ type: ABIType) -> ABIValue {
        switch type {
        case .uint: .number(1 as UInt32)
        case .address: .address(TestCommunity.anna)
        case .bool: .bool(true)
        case .fixedBytes(let count): .fixedBytes(Bytes(repeating: 1, count: count))
        case .bytes: .bytes([1, 2, 3])
        case .string: .string("one")
        case .array(let element): .array([usual(element)])
        case .tuple(let components): .tuple(components.map { usual($0.type) })
        }
    }

    /// In how many places of a value of `type` another one can stand.
    private static func places(in type: ABIType) -> Int {
        switch type {
        case .array(let element): 1 + places(in: element)
        case .tuple(let components): components.reduce(0) { $0 + places(in: $1.type) }
        case .uint, .address, .bool, .fixedBytes, .bytes, .string: 1
        }
    }

    /// Values of `type` at its edges; numbers also beyond them.
    private func edges(of type: ABIType) -> [ABIValue] {
        switch type {
        case .uint: Self.numbers.map { .uint($0) }
        case .address: [.address(.zero), .address(NativeContract.market)]
        case .bool: [.bool(false)]
        case .fixedBytes(let count): [.fixedBytes(Bytes(repeating: 0xff, count: count))]
        case .bytes: [0, 31, 32, 33, 65_536].map { .bytes(Bytes(repeating: 0xff, count: $0)) }
        case .string:
            [0, 1, 255, 256, 65_536].map { .string(String(repeating: "\u{1b}", count: $0)) }
        case .array(let element):
            [0, 1_000].map { .array(Array(repeating: usual(element), count: $0)) }
                + edges(of: element).map { .array([$0]) }
        case .tuple(let components):
            components.indices.flatMap { place in
                edges(of: components[place].type).map { edge in
                    var values = components.map { usual($0.type) }
                    values[place] = edge
                    return .tuple(values)
                }
            }
        }
    }

    /// The calls of `function` in which one argument is at an edge, and those in which all are.
    private func calls(of function: ABIFunction) -> [Bytes] {
        let ordinary = function.inputs.map { usual($0.type) }
        let single = function.inputs.indices.flatMap { place in
            edges(of: function.inputs[place].type).map { edge in
                var values = ordinary
                values[place] = edge
                return function.call(values)
            }
        }
        let all = Self.numbers.map { number in
            function.call(
                function.inputs.map { input in
                    if case .uint = input.type { .uint(number) } else { self.usual(input.type) }
                })
        }
        return single + all
    }

    @Test(arguments: ContractABI.all)
    func `every function bears every boundary`(contract: ContractABI) throws {
        var count = BoundaryCount()
        for function in contract.functions {
            count.parameters += function.inputs.reduce(0) { $0 + Self.places(in: $1.type) }
            let choices = function.inputs.map { edges(of: $0.type).count }
            count.values = max(count.values, choices.max() ?? 0)
        }
        for var community in try Self.communities() {
            for function in contract.functions {
                for call in calls(of: function) {
                    for sender in Self.members {
                        do {
                            _ = try community.view(from: sender, of: contract.address, call)
                        } catch let refusal as Reverted {
                            count.refuse(function.signature, refusal.reason)
                        }
                        count.tried += 1
                    }
                    // What a call leads to is also where the next one begins.
                    guard !function.isView else { continue }
                    let sender = Self.members[count.tried / Self.members.count % Self.members.count]
                    let transaction = try community.transaction(
                        sender, to: contract.address, call)
                    try community.add([transaction])
                }
            }
            let supply = community.state.supply
            #expect(supply.minted >= supply.burned)
        }
        #expect(count.tried > 1_000)
        #expect(count.unexplained == [])
        count.report("contract \(contract.name)")
    }

    @Test func `a proof bears every boundary in either receipt`() throws {
        let community = try TestCommunity.withPayment()
        let numbers = Self.numbers.compactMap { UInt64(exactly: $0) }
        var reasons: Set<String> = []
        var count = BoundaryCount()
        func tryProof(_ change: (inout MeterReceipt, inout MeterReceipt) -> Void) throws {
            let call = community.proof(1, change)
            do {
                _ = try community.view(from: TestCommunity.aggregator, call)
            } catch let refusal as Reverted {
                reasons.insert(refusal.reason)
                count.refuse("a proof", refusal.reason)
            }
            count.tried += 1
        }
        let fields: [(inout MeterReceipt, UInt64) -> Void] = [
            { $0.startRegister = WattHours($1) }, { $0.endRegister = WattHours($1) },
            { $0.startTime = MarketTime(seconds: $1) }, { $0.endTime = MarketTime(seconds: $1) },
        ]
        (count.parameters, count.values) = (2 * fields.count, numbers.count)
        for first in fields {
            for number in numbers {
                try tryProof { seller, _ in first(&seller, number) }
                try tryProof { _, buyer in first(&buyer, number) }
                for second in fields {
                    for other in numbers {
                        try tryProof { seller, buyer in
                            first(&seller, number)
                            second(&seller, other)
                            first(&buyer, number)
                            second(&buyer, other)
                        }
                    }
                }
            }
        }
        #expect(reasons.count > 3)
        #expect(count.unexplained == [])
        count.report("receipts in a proof")
    }
}
