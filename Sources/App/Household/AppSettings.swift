import API
import Foundation
package import Protocol

/// What the app is told of the household that the ledger does not know.
package struct AppSettings: Sendable {
    /// What a supplier pays and asks, in base units a kilowatt-hour.
    package struct Tariff: Hashable, Sendable {
        /// What it pays for energy that is fed in.
        package var feedIn: TokenAmount
        /// What it asks for energy.
        package var retail: TokenAmount

        package init(feedIn: TokenAmount, retail: TokenAmount) {
            self.feedIn = feedIn
            self.retail = retail
        }
    }

    /// Where the household's days begin.
    let zone: TimeZone
    /// Its days.
    let days: LocalDays
    /// The supplier's prices, if they are known.
    let supplier: Tariff?
    /// Whether the automatic trader trades.
    let isTrading: Bool
    private let offered: @Sendable () -> OfferedCertificate?
    /// What devices have to trust to use it over https, as it is now; nil where it is not offered so.
    var certificate: OfferedCertificate? { offered() }
    /// Where other devices of the house find the app, if that is known.
    let address: String?

    /// Settings for a household in `zone`, by its name in the database of time zones, which must be
    /// one (``isZone(_:)``).
    package init(
        zone: String, supplier: Tariff?, isTrading: Bool,
        certificate: @escaping @Sendable () -> OfferedCertificate? = { nil },
        address: String? = nil
    ) {
        self.zone = TimeZone(identifier: zone) ?? .gmt
        days = LocalDays(in: self.zone)
        self.supplier = supplier
        self.isTrading = isTrading
        offered = certificate
        self.address = address
    }

    /// Whether `name` is a time zone's.
    package static func isZone(_ name: String) -> Bool { TimeZone(identifier: name) != nil }

    var zoneName: JSON { .string(zone.identifier) }

    var tariff: JSON {
        guard let supplier else { return .null }
        return ["feedIn": .amount(supplier.feedIn), "retail": .amount(supplier.retail)]
    }
}
