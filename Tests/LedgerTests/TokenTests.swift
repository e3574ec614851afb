import Ledger
import Protocol
import Testing

@Suite struct TokenTests {
    private let anna = TestCommunity.anna
    private let ben = TestCommunity.ben
    private let exchange = TestCommunity.exchange
    private let aggregator = TestCommunity.aggregator

    private func tokens(_ community: TestCommunity) -> [TokenEvent] {
        community.receipts.flatMap(\.logs).compactMap { TokenEvent($0) }
    }

    private func number(_ community: TestCommunity, _ call: Bytes) throws -> UInt256? {
        let values = try ABI.decode(
            [.uint(256)], from: community.view(of: NativeContract.token, call))
        guard case .uint(let value)? = values.first else { return nil }
        return value
    }

    @Test func `the token describes itself as ERC-20 does`() throws {
        let community = try TestCommunity.withPick()
        func text(_ call: Bytes) throws -> String? {
            try ABI.decode([.string], from: community.view(of: NativeContract.token, call))[0]
                .text?.verbatim
        }
        #expect(try text(TokenCall.name()) == "Community Energy Token")
        #expect(try text(TokenCall.symbol()) == "CET")
        #expect(try number(community, TokenCall.decimals()) == 6)
        #expect(try number(community, TokenCall.totalSupply()) == 1_000)
        #expect(try number(community, TokenCall.balanceOf(ben)) == 880)
        #expect(try number(community, TokenCall.balanceOf(NativeContract.market)) == 120)
        #expect(try number(community, TokenCall.balanceOf(TestCommunity.stranger)) == 0)
    }

    @Test func `the exchange mints to aggregators, each reference once`() throws {
        var community = try TestCommunity()
        func mint(
            _ sender: Address, to: Address, _ amount: UInt64, _ reference: String
        ) throws -> String? {
            let call = TokenCall.mint(to: to, amount: TokenAmount(amount), reference: reference)
            return try community.send(sender, to: NativeContract.token, call)
        }
        #expect(try mint(exchange, to: aggregator, 500, "A") == nil)
        #expect(try mint(exchange, to: aggregator, 500, "A") == "reference \"A\" is already used")
        #expect(
            try mint(aggregator, to: aggregator, 500, "B")
                == "\(aggregator) is an aggregator, not an exchange: it cannot mint")
        #expect(
            try mint(exchange, to: ben, 500, "B")
                == "\(ben) is a consumer: tokens are minted to aggregators")
        #expect(
            try mint(exchange, to: TestCommunity.stranger, 500, "B")
                == "\(TestCommunity.stranger) is not a registered member")
        #expect(try mint(exchange, to: aggregator, 0, "B") == "the amount is 0")
        #expect(
            try mint(exchange, to: aggregator, 1, "")
                == "the reference has 0 bytes, not 1 to 256")
        #expect(
            try mint(exchange, to: aggregator, 1, String(repeating: "x", count: 257))
                == "the reference has 257 bytes, not 1 to 256")
        #expect(
            try mint(exchange, to: aggregator, .max, "B")
                == "the tokens minted, 500 plus 18446744073709551615 is beyond 64 bits")
        #expect(community.state.isUsed(reference: "A"))
        #expect(!community.state.isUsed(reference: "B"))
        #expect(community.state.supply.minted == TokenAmount(500))
        #expect(community.balance(aggregator) == 500)
    }

    @Test func `a mint tells of a transfer from nobody and of its reference`() throws {
        var community = try TestCommunity()
        let amount = TokenAmount(500)
        try community.send(
            exchange, to: NativeContract.token,
            TokenCall.mint(to: aggregator, amount: amount, reference: "A"))
        #expect(
            tokens(community) == [
                .transfer(from: .zero, to: aggregator, amount: amount),
                .minted(to: aggregator, amount: amount, reference: "A"),
            ])
    }

    @Test func `the exchange burns what it holds`() throws {
        var community = try TestCommunity()
        try community.fund(exchange, 300, reference: "A")
        func burn(_ sender: Address, _ amount: UInt64, _ reference: String) throws -> String? {
            let call = TokenCall.burn(amount: TokenAmount(amount), reference: reference)
            return try community.send(sender, to: NativeContract.token, call)
        }
        #expect(try burn(exchange, 301, "B") == "balance 300 is less than the amount 301")
        #expect(try burn(exchange, 100, "A") == "reference \"A\" is already used")
        #expect(
            try burn(ben, 1, "B") == "\(ben) is a consumer, not an exchange: it cannot burn")
        #expect(try burn(exchange, 100, "B") == nil)
        #expect(
            tokens(community) == [
                .transfer(from: exchange, to: .zero, amount: TokenAmount(100)),
                .burned(from: exchange, amount: TokenAmount(100), reference: "B"),
            ])
        #expect(community.state.supply.burned == TokenAmount(100))
        #expect(community.state.supply.total == TokenAmount(200))
        #expect(community.balance(exchange) == 200)
        #expect(try burn(exchange, 100, "B") == "reference \"B\" is already used")
        let mint = TokenCall.mint(to: aggregator, amount: TokenAmount(1), reference: "B")
        #expect(
            try community.send(exchange, to: NativeContract.token, mint)
                == "reference \"B\" is already used")
    }

    @Test func `a transfer moves what there is`() throws {
        var community = try TestCommunity.withOffer()
        func transfer(to: Address, _ amount: UInt64) throws -> String? {
            let call = TokenCall.transfer(to: to, amount: TokenAmount(amount))
            return try community.send(ben, to: NativeContract.token, call)
        }
        #expect(try transfer(to: anna, 1_001) == "balance 1000 is less than the amount 1001")
        #expect(
            try transfer(to: .zero, 1) == "tokens sent to the zero address would be lost")
        #expect(
            try transfer(to: NativeContract.market, 1)
                == "tokens sent to the contract at \(NativeContract.market) would be lost")
        let stranger = TestCommunity.stranger
        #expect(
            try transfer(to: stranger, 1) == "\(stranger) is not a registered member")
        #expect(community.state.value(at: .account(stranger)) == nil)
        #expect(try transfer(to: anna, 400) == nil)
        #expect(tokens(community) == [.transfer(from: ben, to: anna, amount: TokenAmount(400))])
        #expect(community.balance(anna) == 400)
        #expect(community.balance(ben) == 600)
        #expect(try transfer(to: ben, 600) == nil)
        #expect(community.balance(ben) == 600)
        #expect(try transfer(to: anna, 0) == nil)
    }

    @Test func `an amount beyond 64 bits is refused`() throws {
        var community = try TestCommunity.withOffer()
        let call = ContractABI.token.functions.first { $0.name == "transfer" }?
            .call([.address(anna), .uint(.max)])
        let reason = try community.send(ben, to: NativeContract.token, try #require(call))
        #expect(reason == "amount \(UInt256.max) is beyond 64 bits")
    }

    @Test func `an allowance is spent by the one it was given`() throws {
        var community = try TestCommunity.withOffer()
        let token = NativeContract.token
        let carla = TestCommunity.carla
        try community.send(ben, to: token, TokenCall.approve(spender: carla, amount: 300))
        #expect(tokens(community) == [.approval(owner: ben, spender: carla, amount: 300)])
        func spend(_ spender: Address, _ amount: UInt64) throws -> String? {
            let call = TokenCall.transferFrom(ben, to: anna, amount: TokenAmount(amount))
            return try community.send(spender, to: token, call)
        }
        #expect(
            try community.send(ben, to: token, TokenCall.approve(spender: .zero, amount: 1))
                == "the zero address cannot spend")
        let stranger = TestCommunity.stranger
        #expect(
            try community.send(ben, to: token, TokenCall.approve(spender: stranger, amount: 1))
                == "\(stranger) is not a registered member")
        #expect(try spend(carla, 301) == "allowance 300 is less than the amount 301")
        #expect(try spend(anna, 1) == "allowance 0 is less than the amount 1")
        #expect(try spend(carla, 100) == nil)
        #expect(community.balance(anna) == 100)
        let left = TokenCall.allowance(owner: ben, spender: carla)
        #expect(try number(community, left) == 200)
        #expect(try spend(carla, 200) == nil)
        #expect(community.state.value(at: .allowance(owner: ben, spender: carla)) == nil)
    }

    @Test func `allowances may be wider than balances, and the widest does not shrink`() throws {
        var community = try TestCommunity.withOffer()
        let token = NativeContract.token
        let carla = TestCommunity.carla
        let spend = TokenCall.transferFrom(ben, to: anna, amount: TokenAmount(257))
        try community.send(ben, to: token, TokenCall.approve(spender: carla, amount: .max))
        #expect(try community.send(carla, to: token, spend) == nil)
        #expect(community.state.allowance(owner: ben, spender: carla) == .max)
        let wide = try #require(UInt256(bigEndian: [1] + Bytes(repeating: 0, count: 8)))
        try community.send(ben, to: token, TokenCall.approve(spender: carla, amount: wide))
        #expect(try community.send(carla, to: token, spend) == nil)
        #expect(
            community.state.allowance(owner: ben, spender: carla)
                == UInt256(UInt64.max - 256))
        try community.send(ben, to: token, TokenCall.approve(spender: carla, amount: 1_000_000))
        let tooMuch = TokenCall.transferFrom(ben, to: anna, amount: TokenAmount(999))
        #expect(
            try community.send(carla, to: token, tooMuch)
                == "balance 486 is less than the amount 999")
        #expect(community.state.allowance(owner: ben, spender: carla) == 1_000_000)
    }
}
