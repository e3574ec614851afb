import API

/// Whether one thing holds that must.
struct Verdict: Sendable {
    let name: String
    let isMet: Bool
    /// What was measured.
    let figure: String
    /// What it may be.
    let limit: String

    var json: JSON {
        [
            "name": .string(name), "met": .bool(isMet), "figure": .string(figure),
            "limit": .string(limit),
        ]
    }
}

/// What must hold during every attack, and after it.
struct AttackLimits: Sendable {
    /// Of 99 of 100 transactions, from when they were due until they were final, in seconds.
    var finalSeconds = 2.0
    /// Of the median answer of each of the attacked node's ports, in milliseconds.
    var statusMilliseconds = 50.0
    /// A process's memory, times what it had before.
    var memoryFactor = 2.0
    /// Of what honest people ask, how much is served.
    var served = 1.0
    /// Within what time after the attack all is as before, in seconds.
    var recoverySeconds = 10.0
    /// What each node writes to its log, in bytes a second.
    var logBytesPerSecond = 16_384.0
    /// The trades settled a minute, of those of before.
    var trades = 0.8
    /// How much more all nodes together send to other nodes than before, in bytes a second.
    var sentBytesPerSecond = 2_000_000.0
    /// The trades settled a minute of a calm stretch, of those of before: as it has a few only, they
    /// are less even.
    var calmTrades = 0.6
    /// What is as before: so many times the figure of before, or less than these.
    var likeness = 1.5
    var calmFinalSeconds = 0.5
    var calmStatusMilliseconds = 10.0
    /// How many more descriptors than before are as many as before.
    var spareDescriptors = 20

    /// Those for several attacks at once, each of which makes the others slower.
    static var together: AttackLimits {
        var limits = ofThisBuild
        #if DEBUG
            limits.finalSeconds = 12
            limits.served = 0.7
        #endif
        return limits
    }

    /// Those of the promise; a debug build, which is ten times as slow, has wider ones.
    static var ofThisBuild: AttackLimits {
        var limits = AttackLimits()
        #if DEBUG
            limits.finalSeconds = 5
            limits.statusMilliseconds = 400
            limits.served = 0.8
            limits.trades = 0.4
            limits.calmTrades = 0.2
            limits.likeness = 4
            limits.calmFinalSeconds = 2
            limits.calmStatusMilliseconds = 200
        #endif
        return limits
    }
}
