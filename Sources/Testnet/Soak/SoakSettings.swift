struct SoakSettings: Sendable {
    /// How long faults begin, in seconds.
    var seconds: Double
    /// What the plan is drawn from.
    var seed: UInt64
    /// How many accounts send transactions.
    var clients: Int
    /// How many transactions they send together, in a second.
    var rate: Double
    /// The command line that does the same again.
    var command: String

    /// How long the clients go on once every fault is over, in seconds.
    static let aftermath = 10.0
    /// How long a node may take to be as the others again after its fault, in seconds.
    static let timeout = 60.0
}
