import Node

/// How the link between some nodes is worse than the machine's own.
///
/// It holds for both directions of every connection between nodes that `from` and `to` name,
/// whichever of them dialled, unless it is one-way: then for what `from` sends to `to` alone.
struct LinkFault: Hashable, Sendable, Codable {
    /// The node on one side; `*` for every one. Of a one-way fault, the sender.
    var from: String
    /// The node on the other side; `*` for every one. Of a one-way fault, the receiver.
    var to: String
    /// Whether it holds for what `from` sends to `to` alone.
    var isOneWay: Bool
    /// How much later each piece arrives, in milliseconds.
    var delayMilliseconds: UInt32
    /// By how much the delay varies at most, in milliseconds.
    var jitterMilliseconds: UInt32
    /// The share of pieces that are lost and sent again 200 ms later, as TCP does it: 0 to 1.
    var loss: Double
    /// The most that goes through in a second, in KiB; 0 for no limit.
    var rateKibibytes: UInt32
    /// Whether nothing goes through at all.
    var isCut: Bool
    /// If not 0, the link is cut for so long, then whole for so long, again and again, in
    /// milliseconds.
    var flapMilliseconds: UInt32
    /// The share of pieces at which the connection is reset: 0 to 1.
    var resets: Double

    /// A fault of the links between `from` and `to`; by default one that changes nothing.
    init(
        from: String, to: String, isOneWay: Bool = false, delayMilliseconds: UInt32 = 0,
        jitterMilliseconds: UInt32 = 0, loss: Double = 0, rateKibibytes: UInt32 = 0,
        isCut: Bool = false, flapMilliseconds: UInt32 = 0, resets: Double = 0
    ) {
        self.from = from
        self.to = to
        self.isOneWay = isOneWay
        self.delayMilliseconds = delayMilliseconds
        self.jitterMilliseconds = jitterMilliseconds
        self.loss = loss
        self.rateKibibytes = rateKibibytes
        self.isCut = isCut
        self.flapMilliseconds = flapMilliseconds
        self.resets = resets
    }

    /// Whether it holds for what `sender` sends to `receiver`.
    func covers(from sender: String, to receiver: String) -> Bool {
        matches(sender, receiver) || !isOneWay && matches(receiver, sender)
    }

    private func matches(_ sender: String, _ receiver: String) -> Bool {
        (from == "*" || from == sender) && (to == "*" || to == receiver)
    }

    /// Whether it names `node` itself.
    func names(_ node: String) -> Bool { from == node || to == node }

    /// Whether nothing goes through at `time`, in milliseconds since 1970.
    func holdsBack(at time: UInt64) -> Bool {
        isCut || flapMilliseconds > 0 && (time / UInt64(flapMilliseconds)).isMultiple(of: 2)
    }
}

extension LinkFault {
    init(_ settings: SettingsTable) throws(ConfigurationError) {
        self.init(
            from: try settings.value("from", .text) ?? "*",
            to: try settings.value("to", .text) ?? "*",
            isOneWay: try settings.value("one_way", .flag) ?? false,
            delayMilliseconds: try settings.value("delay_ms", .number(in: 0...10_000)) ?? 0,
            jitterMilliseconds: try settings.value("jitter_ms", .number(in: 0...10_000)) ?? 0,
            loss: try settings.value("loss", .decimal(in: 0...0.9)) ?? 0,
            rateKibibytes: try settings.value("rate_kib", .number(in: 0...1_000_000)) ?? 0,
            isCut: try settings.value("cut", .flag) ?? false,
            flapMilliseconds: try settings.value("flap_ms", .number(in: 0...60_000)) ?? 0,
            resets: try settings.value("resets", .decimal(in: 0...0.9)) ?? 0)
        try settings.end()
    }
}
