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
        let buyers = try list("/api/v1/tokens/purchases?limit=100", "buyer")
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
            try tokenEvents(in: start...min(start + page - 1, last))
        }
    }

    /// The token's events in `blocks`; where too much has happened in them for one answer, half of them
    /// at a time.
    private func tokenEvents(in blocks: ClosedRange<UInt64>) throws -> [TokenEvent] {
        let filter: JSON = [
            "address": .string(NativeContract.token.description),
            "fromBlock": .quantity(blocks.lowerBound), "toBlock": .quantity(blocks.upperBound),
        ]
        do {
            let logs = try client.call("eth_getLogs", [filter]).elements ?? []
            return logs.compactMap(EventLog.init(json:)).compactMap(TokenEvent.init)
        } catch let failure as CommandFailure
            where blocks.count > 1 && failure.description.contains("query ")
        {
            let middle = blocks.lowerBound + UInt64(blocks.count / 2)
            return try tokenEvents(in: blocks.lowerBound...(middle - 1))
                + tokenEvents(in: middle...blocks.upperBound)
        }
    }
}
