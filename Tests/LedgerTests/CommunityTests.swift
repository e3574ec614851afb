import Ledger
import Protocol
import Testing

@Suite struct CommunityTests {
    private let anna = TestCommunity.anna
    private let ben = TestCommunity.ben
    private let aggregator = TestCommunity.aggregator
    private let newcomer = TestCommunity.member(TestCommunity.account(50), .prosumer, power: 5_000)

    private func register(
        _ member: Member, by sender: Address = TestCommunity.aggregator,
        in community: inout TestCommunity
    ) throws -> String? {
        try community.send(sender, to: NativeContract.community, CommunityCall.register(member))
    }

    @Test func `the aggregator registers a member, who may then trade`() throws {
        var community = try TestCommunity()
        let before = community.state.members().count
        #expect(throws: AdmissionError.notMember(newcomer.account)) {
            let early = try community.transaction(
                newcomer.account, to: NativeContract.market,
                MarketCall.addOffer(energy: 1, price: 1))
            _ = try community.state.admission(of: early)
        }
        #expect(try register(newcomer, in: &community) == nil)
        #expect(community.state.members().count == before + 1)
        #expect(community.state.members().last == newcomer)
        #expect(community.state.member(byCertificate: newcomer.certificateHash) == newcomer)
        #expect(community.state.member(byMeter: newcomer.meterKey) == newcomer)
        let events = community.receipts.flatMap(\.logs).compactMap { CommunityEvent($0) }
        #expect(
            events == [
                .memberRegistered(
                    account: newcomer.account, role: .prosumer, meterKey: newcomer.meterKey,
                    ratedPower: Watts(5_000), certificateHash: newcomer.certificateHash)
            ])
        let offer = MarketCall.addOffer(energy: 5_000, price: 1)
        #expect(try community.send(newcomer.account, offer) == nil)
    }

    @Test func `nobody else registers`() throws {
        var community = try TestCommunity()
        for sender in [anna, TestCommunity.exchange, TestCommunity.validator] {
            let reason = try register(newcomer, by: sender, in: &community)
            #expect(reason?.hasSuffix("it cannot register members") == true)
        }
        #expect(community.state.member(newcomer.account) == nil)
    }

    @Test func `an aggregator does not hand out the powerful roles`() throws {
        var community = try TestCommunity()
        for role in [MemberRole.exchange, .aggregator, .validator] {
            var member = newcomer
            member.role = role
            #expect(
                try register(member, in: &community)
                    == "\(role.name)s are not registered by an aggregator")
        }
        for role in [MemberRole.observer, .consumer] {
            let member = TestCommunity.member(
                TestCommunity.account(60 + role.rawValue), role, power: 100)
            #expect(try register(member, in: &community) == nil)
        }
    }

    @Test func `duplicates are refused`() throws {
        var community = try TestCommunity()
        var member = newcomer
        member.account = anna
        #expect(try register(member, in: &community) == "\(anna) is already a member")
        member = newcomer
        member.meterKey = TestCommunity.meter(of: ben)
        #expect(
            try register(member, in: &community)
                == "meter \(member.meterKey) is already registered to \(ben)")
        member = newcomer
        member.certificateHash = SHA256.hash(ben.bytes)
        #expect(
            try register(member, in: &community)
                == "certificate \(member.certificateHash) is already registered to \(ben)")
        member = newcomer
        member.certificateHash = .zero
        #expect(try register(member, in: &community) == nil)
        member.account = TestCommunity.account(51)
        member.meterKey = TestCommunity.meter(of: member.account)
        #expect(try register(member, in: &community) == nil)
    }

    @Test func `a household without a meter or a connection is refused`() throws {
        var community = try TestCommunity()
        var member = newcomer
        member.meterKey = .zero
        #expect(
            try register(member, in: &community) == "prosumer \(member.account) needs a meter key")
        member = newcomer
        member.ratedPower = Watts(0)
        #expect(
            try register(member, in: &community)
                == "prosumer \(member.account) needs a rated power above 0 W")
        member = newcomer
        member.meterKey = NativeContract.market
        #expect(
            try register(member, in: &community)
                == "\(NativeContract.market) is a contract's address")
        member = newcomer
        member.account = .zero
        #expect(
            try register(member, in: &community) == "the zero address cannot be a member")
        member.account = NativeContract.token
        #expect(
            try register(member, in: &community)
                == "\(NativeContract.token) is a contract's address")
    }

    @Test func `a suspended member sends nothing until it is reinstated`() throws {
        var community = try TestCommunity()
        let contract = NativeContract.community
        let suspend = CommunityCall.suspend(anna)
        #expect(
            try community.send(ben, to: contract, suspend)
                == "\(ben) is a consumer, not an aggregator: it cannot suspend members")
        #expect(try community.send(aggregator, to: contract, suspend) == nil)
        #expect(community.state.member(anna)?.isSuspended == true)
        let offer = try community.transaction(
            anna, to: NativeContract.market, MarketCall.addOffer(energy: 1, price: 1))
        #expect(throws: AdmissionError.suspended(anna)) {
            try community.state.admission(of: offer)
        }
        #expect(throws: Reverted(reason: "member \(anna) is suspended")) {
            try community.view(from: anna, MarketCall.addOffer(energy: 1, price: 1))
        }
        #expect(
            try community.send(aggregator, to: contract, suspend)
                == "member \(anna) is already suspended")
        let reinstate = CommunityCall.reinstate(anna)
        #expect(try community.send(aggregator, to: contract, reinstate) == nil)
        #expect(try community.state.admission(of: offer) == .ready)
        #expect(
            try community.send(aggregator, to: contract, reinstate)
                == "member \(anna) is not suspended")
    }

    @Test func `an aggregator does not suspend validators or the exchange`() throws {
        var community = try TestCommunity()
        for account in [TestCommunity.validator, TestCommunity.exchange, aggregator] {
            let reason = try community.send(
                aggregator, to: NativeContract.community, CommunityCall.suspend(account))
            #expect(reason?.hasSuffix("no aggregator may suspend it") == true)
        }
        let validator = TestCommunity.validator
        #expect(
            try community.send(
                aggregator, to: NativeContract.community, CommunityCall.suspend(validator))
                == "\(validator) is a validator: no aggregator may suspend it")
        let stranger = TestCommunity.stranger
        #expect(
            try community.send(
                aggregator, to: NativeContract.community, CommunityCall.suspend(stranger))
                == "\(stranger) is not a registered member")
    }

    @Test func `members and meters are looked up`() throws {
        let community = try TestCommunity.withDelivery()
        func look(_ name: String, _ arguments: [ABIValue]) throws -> [ABIValue] {
            let function = try #require(
                ContractABI.community.functions.first { $0.name == name })
            let data = try community.view(of: NativeContract.community, function.call(arguments))
            return try function.results(in: data)
        }
        let key = TestCommunity.meter(of: anna)
        let member = try #require(look("member", [.address(anna)])[0].elements)
        #expect(member[0] == .address(anna))
        #expect(member[1] == .number(MemberRole.prosumer.rawValue))
        #expect(try look("memberByMeter", [.address(key)])[0].elements == member)
        let certificate = ABIValue.fixedBytes(SHA256.hash(anna.bytes).bytes)
        #expect(try look("memberByCertificate", [certificate])[0].elements == member)
        #expect(try look("memberAt", [.number(0 as UInt32)])[0].elements == member)
        #expect(try look("memberCount", []) == [.number(8 as UInt32)])
        #expect(try look("isMember", [.address(anna)]) == [.bool(true)])
        #expect(try look("isMember", [.address(key)]) == [.bool(false)])
        #expect(
            try look("meter", [.address(key)])
                == [.address(anna), .number(0 as UInt64), .number(6_000 as UInt64)])
        #expect(throws: Reverted(reason: "\(key) is not a registered member")) {
            try look("member", [.address(key)])
        }
        #expect(throws: Reverted(reason: "there is no member 8 among 8")) {
            try look("memberAt", [.number(8 as UInt32)])
        }
    }

    @Test func `the validators are listed`() throws {
        let community = try TestCommunity()
        let function = try #require(
            ContractABI.validators.functions.first { $0.name == "validators" })
        let data = try community.view(of: NativeContract.validators, function.call([]))
        #expect(
            try function.results(in: data) == [.array([.address(TestCommunity.validator)])])
    }
}
