internal import GRDB
package import Market
package import Protocol

/// What the owner has set in the app for the automatic trader: it takes the place of the limits in the
/// node's file.
package struct OwnerRules: Hashable, Sendable {
    package var isEnabled: Bool
    package var lowestSalePrice: TokenAmount
    package var highestSalePrice: TokenAmount
    package var highestPurchasePrice: TokenAmount
    package var reserve: TokenAmount
    package var mostTokensPerDay: TokenAmount
    package var lot: WattHours
    /// When they were set; zero for those of the node's file.
    package var changedAt: Timestamp

    /// The rules that `limits` hold.
    package init(_ limits: TraderLimits, changedAt: Timestamp = .zero) {
        isEnabled = limits.isEnabled
        lowestSalePrice = limits.lowestSalePrice
        highestSalePrice = limits.highestSalePrice
        highestPurchasePrice = limits.highestPurchasePrice
        reserve = limits.reserve
        mostTokensPerDay = limits.mostTokensPerDay
        lot = limits.lot
        self.changedAt = changedAt
    }

    /// `limits` with these rules, and what is noted of `neighbours`, in the place of their own.
    package func applied(to limits: TraderLimits, neighbours: [Neighbour]) -> TraderLimits {
        var limits = limits
        limits.isEnabled = isEnabled
        limits.lowestSalePrice = lowestSalePrice
        limits.highestSalePrice = highestSalePrice
        limits.highestPurchasePrice = highestPurchasePrice
        limits.reserve = reserve
        limits.mostTokensPerDay = mostTokensPerDay
        limits.lot = lot
        limits.favourites = Set(neighbours.filter(\.isFavourite).map(\.address))
        limits.gifts = Dictionary(
            neighbours.filter { $0.giftPermille > 0 }.map { ($0.address, $0.giftPermille) },
            uniquingKeysWith: { $1 })
        return limits
    }
}

/// What the household calls a neighbour, whether it likes to trade with it, and what it gives it. It stays
/// on the node.
package struct Neighbour: Hashable, Sendable {
    package let address: Address
    package var name: String
    package var isFavourite: Bool
    /// What part of the household's surplus is for it, per mille.
    package var giftPermille: UInt32

    package init(address: Address, name: String, isFavourite: Bool, giftPermille: UInt32 = 0) {
        self.address = address
        self.name = name
        self.isFavourite = isFavourite
        self.giftPermille = giftPermille
    }

    /// Whether there is anything to note of it.
    var isNoted: Bool { !name.isEmpty || isFavourite || giftPermille > 0 }
}

extension AppStore {
    /// The rules that were set in the app, if any were. Blocks the calling thread.
    package func rules() throws(StorageError) -> OwnerRules? {
        try database.read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM rules").map { row in
                let row = StoredRow(row, of: "rules")
                var rules = OwnerRules(
                    TraderLimits(), changedAt: try row.timestamp("changed_ms"))
                rules.isEnabled = try row.number("is_enabled") == 1
                rules.lowestSalePrice = TokenAmount(try row.number("lowest_sale"))
                rules.highestSalePrice = TokenAmount(try row.number("highest_sale"))
                rules.highestPurchasePrice = TokenAmount(try row.number("highest_purchase"))
                rules.reserve = TokenAmount(try row.number("reserve"))
                rules.mostTokensPerDay = TokenAmount(try row.number("most_per_day"))
                rules.lot = WattHours(try row.number("lot_wh"))
                return rules
            }
        }
    }

    /// Sets the rules.
    package func set(_ rules: OwnerRules) async throws(StorageError) {
        try await database.write { db in
            try db.replace(
                "rules",
                [
                    "id": 1, "is_enabled": rules.isEnabled,
                    "lowest_sale": rules.lowestSalePrice.baseUnits.column,
                    "highest_sale": rules.highestSalePrice.baseUnits.column,
                    "highest_purchase": rules.highestPurchasePrice.baseUnits.column,
                    "reserve": rules.reserve.baseUnits.column,
                    "most_per_day": rules.mostTokensPerDay.baseUnits.column,
                    "lot_wh": rules.lot.value.column,
                    "changed_ms": rules.changedAt.milliseconds.column,
                ])
        }
    }

    /// The neighbours of whom something is noted. Blocks the calling thread.
    package func neighbours() throws(StorageError) -> [Neighbour] {
        try database.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM neighbour ORDER BY address").map { row in
                let row = StoredRow(row, of: "neighbour")
                return Neighbour(
                    address: try row.address("address"), name: try row.text("name").verbatim,
                    isFavourite: try row.number("is_favourite") == 1,
                    giftPermille: try row.number32("gift_permille"))
            }
        }
    }

    /// Notes what the household calls a neighbour; one of whom nothing is to be noted is forgotten.
    package func set(_ neighbour: Neighbour) async throws(StorageError) {
        try await database.write { db in
            guard neighbour.isNoted else {
                return try db.run(
                    "DELETE FROM neighbour WHERE address = ?", [neighbour.address.description])
            }
            try db.replace(
                "neighbour",
                [
                    "address": neighbour.address.description, "name": neighbour.name,
                    "is_favourite": neighbour.isFavourite,
                    "gift_permille": Int64(neighbour.giftPermille),
                ])
        }
    }
}
