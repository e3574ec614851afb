import Console
import API
package import Ledger
package import Protocol

// Orders of tokens.
extension ContractReader {
    /// The last purchase of tokens of each of `buyers`, in order; nil for one who never bought.
    package func tokenPurchases(of buyers: [Address]) throws -> [TokenPurchaseView?] {
        try results(.token, "tokenPurchase", each: buyers.map { [.address($0)] })
            .map(TokenPurchaseView.init)
    }

    /// The open purchases, in the order in which the buyers were registered.
    package func openPurchases() throws -> [(buyer: Address, purchase: TokenPurchaseView)] {
        let buyers = try members().map(\.account)
        return zip(buyers, try tokenPurchases(of: buyers)).compactMap { buyer, purchase in
            guard let purchase, purchase.status == .open else { return nil }
            return (buyer, purchase)
        }
    }

    /// The open purchase of `buyer`; throws if there is none.
    package func openPurchase(of buyer: Address) throws -> TokenPurchaseView {
        guard let purchase = try tokenPurchases(of: [buyer]).first.flatMap(\.self),
            purchase.status == .open
        else { throw CommandFailure(.refused, "\(buyer.checksummed) has no open purchase") }
        return purchase
    }

    /// Why the purchase `number` of `buyer` was declined, as the events since `block` tell.
    package func declineReason(
        of buyer: Address, purchase number: UInt32, since block: UInt64
    ) throws -> UntrustedText? {
        for event in try tokenEvents(from: block, to: client.height()) {
            if case .purchaseDeclined(buyer, _, number, let reason) = event { return reason }
        }
        return nil
    }

    /// The token's events in the blocks from `first` to `last`.
    package func tokenEvents(from first: UInt64, to last: UInt64) throws -> [TokenEvent] {
        // A node looks through no more than so many blocks at once.
        let page: UInt64 = 2_000
        return try stride(from: first, through: last, by: Int(page)).flatMap { start in
            let filter: JSON = [
                "address": .string(NativeContract.token.description),
                "fromBlock": .quantity(start), "toBlock": .quantity(min(start + page - 1, last)),
            ]
            let logs = try client.call("eth_getLogs", [filter]).elements ?? []
            return logs.compactMap(EventLog.init(json:)).compactMap(TokenEvent.init)
        }
    }
}
