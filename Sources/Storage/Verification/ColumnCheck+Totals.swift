internal import GRDB
internal import Ledger
internal import Protocol

// The sums that the ledger keeps as it goes, against a count of all that they are sums of.
extension ColumnCheck {
    mutating func checkTotals() throws {
        let totals = state.totals
        look(at: "totals", in: "state")
        for status in TradeStatus.allCases {
            expect(
                totals.count(status),
                try sum("SELECT count(*) FROM trades WHERE state = ?", [status.name]),
                "\(status.name) trades")
        }
        expect(
            totals.settledEnergy.value,
            try sum("SELECT sum(delivered_wh) FROM trades WHERE state = ?", ["settled"]),
            "settled energy")
        expect(
            totals.balances.baseUnits, try sum("SELECT sum(balance) FROM accounts"), "balances")
    }

    /// What was minted, burned and put into escrow, against every movement of tokens there was.
    mutating func checkSupplyMovements() throws {
        let supply = state.supply
        let (zero, market) = (Address.zero.description, NativeContract.market.description)
        look(at: "supply", in: "state")
        expect(supply.minted.baseUnits, try moved("sender", zero), "minted")
        expect(supply.burned.baseUnits, try moved("recipient", zero), "burned")
        expect(
            supply.escrow.baseUnits,
            try moved("recipient", market) &- moved("sender", market), "escrow")
    }

    private func moved(_ side: String, _ account: String) throws -> UInt64 {
        try sum("SELECT sum(amount) FROM transfers WHERE \(side) = ?", [account])
    }

    private func sum(_ statement: String, _ arguments: StatementArguments = []) throws -> UInt64 {
        let sum = try Int64.fetchOne(database, sql: statement, arguments: arguments)
        return UInt64(bitPattern: sum ?? 0)
    }
}
