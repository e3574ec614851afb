import Console
import Client
import Ledger
import Protocol

extension Testnet {
    /// What each of a soak's clients gets, in tokens.
    private static let funds = TokenAmount(100_000_000)

    /// Registers `count` new members, each with tokens, as the aggregator; returns their keys.
    func registerMembers(_ count: Int) throws -> [PrivateKey] {
        guard let aggregator = nodes(.aggregator).first else {
            throw CommandFailure(.failed, "there is no aggregator")
        }
        let signer = try aggregator.key()
        let client = try client(aggregator)
        try client.waitForTokens(
            TokenAmount(UInt64(count) * Self.funds.baseUnits), of: signer.address, seconds: 60)
        let submitter = Submitter(key: signer, chainID: endpoints.chainId)
        return try (1...count).map { number in
            guard !Interruption.isWanted else { throw CommandFailure(.failed, "interrupted") }
            let key = PrivateKey.random()
            let member = Member(
                account: key.address, role: .prosumer, meterKey: PrivateKey.random().address,
                ratedPower: Watts(17_250), certificateHash: .zero)
            _ = try submitter.send(
                CommunityCall.register(member), to: NativeContract.community, at: client)
            _ = try submitter.send(
                TokenCall.transfer(to: key.address, amount: Self.funds), to: NativeContract.token,
                at: client)
            Terminal.progress("registered \(number)/\(count) clients", isLast: number == count)
            return key
        }
    }

    /// Lets everything go on: starts what does not run, wakes what is paused, joins every link.
    mutating func heal() throws {
        var perturbation = Perturbation(self)
        _ = try perturbation.perform(.join, on: ["*"])
        _ = try perturbation.perform(.resume, on: ["*"])
        _ = try start(processNames)
    }

    /// Stops all processes; returns the nodes that did not stop when they were asked to.
    mutating func stopAll() throws -> [String] {
        let running = processNames.compactMap { name in
            process(name).pid.map { (name, $0) }
        }
        // The proxies go last: nodes say goodbye through them.
        let nodes = running.map(\.0).filter { $0 != NodeProcess.proxyName }
        let start = ContinuousClock.now
        try stop(nodes)
        let isLate = ContinuousClock.now - start > .seconds(14)
        try stop([NodeProcess.proxyName])
        return isLate ? nodes : []
    }
}

extension NodeClient {
    /// Waits until the aggregator's `account` has what it is to sell.
    func waitForTokens(_ needed: TokenAmount, of account: Address, seconds: Int) throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(seconds))
        while try ContractReader(client: self).balance(of: account) < needed {
            guard ContinuousClock.now < deadline else {
                throw CommandFailure(.late, "the aggregator has no tokens to sell")
            }
            Terminal.pause(milliseconds: 100)
        }
    }
}
