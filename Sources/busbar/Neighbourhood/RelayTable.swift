/// `relays.json`: where the relay between each two nodes listens.
struct RelayTable: JSONDocument {
    /// The relay that `from` dials instead of `to`.
    struct Relay: Codable {
        var from: String
        var to: String
        var port: UInt16
        /// Where `to` itself listens.
        var target: UInt16
    }

    var relays: [Relay]

    init(relays: [Relay]) {
        self.relays = relays
    }
}
