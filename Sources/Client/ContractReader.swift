import Console
package import Ledger
package import Protocol

/// Reads the native contracts through a node, by their published ABI.
package struct ContractReader {
    package let client: NodeClient
    /// How much of one kind is read: a node that tells of more is no node.
    private static let most = 100_000

    package init(client: NodeClient) {
        self.client = client
    }

    /// The results of `function` of `contract`.
    package func results(
        _ contract: ContractABI, _ function: String, _ arguments: [ABIValue] = []
    ) throws -> [ABIValue] {
        let definition = try Self.function(contract, function)
        let data = try client.read(contract.address, definition.call(arguments))
        return try Self.decode(definition, data)
    }

    /// The results of several calls of `function` of `contract`, in one request.
    package func results(
        _ contract: ContractABI, _ function: String, each arguments: [[ABIValue]]
    ) throws -> [[ABIValue]] {
        let definition = try Self.function(contract, function)
        let answers = try client.batch(
            arguments.map { arguments in
                let object = NodeClient.callObject(contract.address, definition.call(arguments))
                return ("eth_call", [object, "latest"])
            })
        return try answers.map { answer in
            try Self.decode(definition, answer.data ?? [])
        }
    }

    private static func function(
        _ contract: ContractABI, _ name: String
    ) throws -> ABIFunction {
        guard let function = contract.functions.first(where: { $0.name == name && $0.isView })
        else { throw CommandFailure(.failed, "\(contract.name) has no function \(name)") }
        return function
    }

    private static func decode(_ function: ABIFunction, _ data: Bytes) throws -> [ABIValue] {
        do {
            return try function.results(in: data)
        } catch {
            throw CommandFailure(.failed, "the answer to \(function.name) cannot be read: \(error)")
        }
    }

    /// An account's tokens.
    package func balance(of account: Address) throws -> TokenAmount {
        let values = try results(.token, "balanceOf", [.address(account)])
        return try Self.amount(values.first)
    }

    /// Every member, in the order of registration.
    package func members() throws -> [MemberView] {
        let count: UInt32 = try results(.community, "memberCount").first?.number() ?? 0
        try Self.requireSome(Int(count))
        return try results(.community, "memberAt", each: (0..<count).map { [.number($0)] })
            .compactMap { $0.first.flatMap(MemberView.init) }
    }

    /// The trade `id`; nil if there is none.
    package func trade(_ id: UInt32) throws -> TradeView? {
        try results(.market, "trade", [.number(id)]).first.flatMap(TradeView.init)
    }

    /// The open offers.
    package func openOffers() throws -> [OfferView] {
        var offers: [OfferView] = []
        var next: UInt32 = 1
        while true {
            let values = try results(.market, "listOffers", [.number(next), .number(UInt32(100))])
            let page = (values.first?.elements ?? []).compactMap(OfferView.init)
            offers += page
            guard page.count == 100, let last = page.last, last.id < .max else { return offers }
            next = last.id + 1
            try Self.requireSome(offers.count)
        }
    }

    /// The ids of the offers that `account` made or picked, as far as they are in the state.
    package func trades(of account: Address) throws -> [UInt32] {
        let known = try client.get("/api/v1/accounts/\(account)")
        let count = UInt32(clamping: known["trades"]?.natural ?? 0)
        let first = UInt32(clamping: known["forgottenTrades"]?.natural ?? 0)
        guard first < count else { return [] }
        try Self.requireSome(Int(count - first))
        return try stride(from: first, to: count, by: 100).flatMap { from in
            let values = try results(
                .market, "tradesOf",
                [.address(account), .number(from), .number(min(100, count - from))])
            return (values.first?.elements ?? []).compactMap { $0.number(as: UInt32.self) }
        }
    }

    /// The accounts of the members with `role`, in the order of registration, until `isEnough` of them
    /// are there.
    package func accounts(
        of role: MemberRole, until isEnough: ([Address]) -> Bool = { _ in false }
    ) throws -> [Address] {
        try list("/api/v1/members?role=\(role.name)&limit=100", "address", until: isEnough)
    }

    /// The addresses called `name` in a list's items, page by page.
    func list(
        _ path: String, _ name: String, until isEnough: ([Address]) -> Bool = { _ in false }
    ) throws -> [Address] {
        var found: [Address] = []
        var cursor = ""
        while true {
            let page = try client.get(path + cursor)
            found += (page["items"]?.elements ?? []).compactMap { item in
                item[name]?.text.flatMap { Address(hexadecimal: $0.verbatim) }
            }
            try Self.requireSome(found.count)
            guard !isEnough(found), let next = page["next"]?.text?.verbatim,
                next.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == "-") }),
                cursor != "&cursor=\(next)"
            else { return found }
            cursor = "&cursor=\(next)"
        }
    }

    private static func requireSome(_ count: Int) throws {
        guard count <= most else {
            throw CommandFailure(.failed, "the node tells of more than \(most) of a kind")
        }
    }

    private static func amount(_ value: ABIValue?) throws -> TokenAmount {
        guard let number = value?.number(as: UInt64.self) else {
            throw CommandFailure(.failed, "a balance is no amount of tokens")
        }
        return TokenAmount(number)
    }
}
