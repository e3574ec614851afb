import Ledger
import Protocol

// Orders of tokens.
extension ContractReader {
    /// The last order of tokens of each of `buyers`, in order; nil for one who never ordered.
    func tokenOrders(of buyers: [Address]) throws -> [TokenOrderView?] {
        try results(.token, "tokenOrder", each: buyers.map { [.address($0)] })
            .map(TokenOrderView.init)
    }

    /// The open orders, in the order in which the buyers were registered.
    func openOrders() throws -> [(buyer: Address, order: TokenOrderView)] {
        let buyers = try members().map(\.account)
        return zip(buyers, try tokenOrders(of: buyers)).compactMap { buyer, order in
            guard let order, order.status == .open else { return nil }
            return (buyer, order)
        }
    }

    /// The open order of `buyer`; throws if there is none.
    func openOrder(of buyer: Address) throws -> TokenOrderView {
        guard let order = try tokenOrders(of: [buyer]).first.flatMap(\.self),
            order.status == .open
        else { throw CommandFailure(.refused, "\(buyer.checksummed) has no open order") }
        return order
    }

    /// Why the order `number` of `buyer` was declined, as the events since `block` tell.
    func declineReason(
        of buyer: Address, order number: UInt32, since block: UInt64
    ) throws -> String? {
        let filter: JSONValue = [
            "address": .text(NativeContract.token.description),
            "fromBlock": .text("0x" + String(block, radix: 16)), "toBlock": .text("latest"),
        ]
        let logs = try client.call("eth_getLogs", [filter]).list ?? []
        for event in logs.compactMap(EventLog.init(json:)).compactMap(TokenEvent.init) {
            if case .orderDeclined(buyer, _, number, let reason) = event { return reason }
        }
        return nil
    }
}
