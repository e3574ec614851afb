import Ledger
import Protocol
import Testing

@Suite struct CommunityTests {
    private let anna = Neighbourhood.anna
    private let ben = Neighbourhood.ben
    private let aggregator = Neighbourhood.aggregator
    private let newcomer = Neighbourhood.member(Neighbourhood.account(50), .prosumer, power: 5_000)

    private func register(
        _ member: Member, by sender: Address = Neighbourhood.aggregator,
        in street: inout Neighbourhood
    ) throws -> String? {
        try street.send(sender, to: NativeContract.community, CommunityCall.register(member))
    }

    @Test func `the aggregator registers a member, who may then trade`() throws {
        var street = try Neighbourhood()
        let before = street.state.members().count
        #expect(throws: AdmissionError.notMember(newcomer.account)) {
            let early = try street.transaction(
                newcomer.account, to: NativeContract.market,
                MarketCall.addOffer(energy: 1, price: 1))
            _ = try street.state.admission(of: early)
        }
        #expect(try register(newcomer, in: &street) == nil)
        #expect(street.state.members().count == before + 1)
        #expect(street.state.members().last == newcomer)
        #expect(street.state.member(byCertificate: newcomer.certificateHash) == newcomer)
        #expect(street.state.member(byMeter: newcomer.meterKey) == newcomer)
        let events = street.receipts.flatMap(\.logs).compactMap { CommunityEvent($0) }
        #expect(
            events == [
                .memberRegistered(
                    account: newcomer.account, role: .prosumer, meterKey: newcomer.meterKey,
                    ratedPower: Watts(5_000), certificateHash: newcomer.certificateHash)
            ])
        let offer = MarketCall.addOffer(energy: 5_000, price: 1)
        #expect(try street.send(newcomer.account, offer) == nil)
    }

    @Test func `nobody else registers`() throws {
        var street = try Neighbourhood()
        for sender in [anna, Neighbourhood.exchange, Neighbourhood.validator] {
            let reason = try register(newcomer, by: sender, in: &street)
            #expect(reason?.hasSuffix("it cannot register members") == true)
        }
        #expect(street.state.member(newcomer.account) == nil)
    }

    @Test func `an aggregator does not hand out the powerful roles`() throws {
        var street = try Neighbourhood()
        for role in [MemberRole.exchange, .aggregator, .validator] {
            var member = newcomer
            member.role = role
            #expect(
                try register(member, in: &street)
                    == "\(role.name)s are not registered by an aggregator")
        }
        for role in [MemberRole.observer, .consumer] {
            let member = Neighbourhood.member(
                Neighbourhood.account(60 + role.rawValue), role, power: 100)
            #expect(try register(member, in: &street) == nil)
        }
    }

    @Test func `duplicates are refused`() throws {
        var street = try Neighbourhood()
        var member = newcomer
        member.account = anna
        #expect(try register(member, in: &street) == "\(anna) is already a member")
        member = newcomer
        member.meterKey = Neighbourhood.meter(of: ben)
        #expect(
            try register(member, in: &street)
                == "meter \(member.meterKey) is already registered to \(ben)")
        member = newcomer
        member.certificateHash = SHA256.hash(ben.bytes)
        #expect(
            try register(member, in: &street)
                == "certificate \(member.certificateHash) is already registered to \(ben)")
        member = newcomer
        member.certificateHash = .zero
        #expect(try register(member, in: &street) == nil)
        member.account = Neighbourhood.account(51)
        member.meterKey = Neighbourhood.meter(of: member.account)
        #expect(try register(member, in: &street) == nil)
    }

    @Test func `a household without a meter or a connection is refused`() throws {
        var street = try Neighbourhood()
        var member = newcomer
        member.meterKey = .zero
        #expect(
            try register(member, in: &street) == "prosumer \(member.account) needs a meter key")
        member = newcomer
        member.ratedPower = Watts(0)
        #expect(
            try register(member, in: &street)
                == "prosumer \(member.account) needs a rated power above 0 W")
        member = newcomer
        member.account = .zero
        #expect(
            try register(member, in: &street) == "the zero address cannot be a member")
        member.account = NativeContract.token
        #expect(
            try register(member, in: &street)
                == "\(NativeContract.token) is a contract's address")
    }

    @Test func `a suspended member sends nothing until it is reinstated`() throws {
        var street = try Neighbourhood()
        let community = NativeContract.community
        let suspend = CommunityCall.suspend(anna)
        #expect(
            try street.send(ben, to: community, suspend)
                == "\(ben) is a consumer, not an aggregator: it cannot suspend members")
        #expect(try street.send(aggregator, to: community, suspend) == nil)
        #expect(street.state.member(anna)?.isSuspended == true)
        let offer = try street.transaction(
            anna, to: NativeContract.market, MarketCall.addOffer(energy: 1, price: 1))
        #expect(throws: AdmissionError.suspended(anna)) {
            try street.state.admission(of: offer)
        }
        #expect(throws: Reverted(reason: "member \(anna) is suspended")) {
            try street.view(from: anna, MarketCall.addOffer(energy: 1, price: 1))
        }
        #expect(
            try street.send(aggregator, to: community, suspend)
                == "member \(anna) is already suspended")
        let reinstate = CommunityCall.reinstate(anna)
        #expect(try street.send(aggregator, to: community, reinstate) == nil)
        #expect(try street.state.admission(of: offer) == .ready)
        #expect(
            try street.send(aggregator, to: community, reinstate)
                == "member \(anna) is not suspended")
    }

    @Test func `an aggregator does not suspend validators or the exchange`() throws {
        var street = try Neighbourhood()
        for account in [Neighbourhood.validator, Neighbourhood.exchange, aggregator] {
            let reason = try street.send(
                aggregator, to: NativeContract.community, CommunityCall.suspend(account))
            #expect(reason?.hasSuffix("no aggregator may suspend it") == true)
        }
        let stranger = Neighbourhood.stranger
        #expect(
            try street.send(
                aggregator, to: NativeContract.community, CommunityCall.suspend(stranger))
                == "\(stranger) is not a registered member")
    }

    @Test func `members and meters are looked up`() throws {
        let street = try Neighbourhood.withDelivery()
        func look(_ name: String, _ arguments: [ABIValue]) throws -> [ABIValue] {
            let function = try #require(
                ContractABI.community.functions.first { $0.name == name })
            let data = try street.view(of: NativeContract.community, function.call(arguments))
            return try function.results(in: data)
        }
        let key = Neighbourhood.meter(of: anna)
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
        let street = try Neighbourhood()
        let function = try #require(
            ContractABI.validators.functions.first { $0.name == "validators" })
        let data = try street.view(of: NativeContract.validators, function.call([]))
        #expect(
            try function.results(in: data) == [.array([.address(Neighbourhood.validator)])])
    }
}
