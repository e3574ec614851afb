import Node

/// How the link between some nodes is worse than the machine's own.
///
/// It holds for both directions of every connection between nodes that `from` and `to` name,
/// whichever of them dialled, unless it is one-way: then for what `from` sends to `to` alone.
struct LinkFault: Hashable, Sendable, Codable {
    /// The node on one side; `*` for every one. Of a one-way fault, the sender.
    var from = "*"
    /// The node on the other side; `*` for every one. Of a one-way fault, the receiver.
    var to = "*"
    /// Whether it holds for what `from` sends to `to` alone.
    var isOneWay = false
    /// How much later each piece arrives, in milliseconds.
    var delayMilliseconds: UInt32 = 0
    /// By how much the delay varies at most, in milliseconds.
    var jitterMilliseconds: UInt32 = 0
    /// The share of pieces that are lost and sent again 200 ms later, as TCP does it: 0 to 1.
    var loss = 0.0
    /// The most that goes through in a second, in KiB; 0 for no limit.
    var rateKibibytes: UInt32 = 0
    /// Whether nothing goes through at all.
    var isCut = false
    /// If not 0, the link is cut for so long, then whole for so long, again and again, in
    /// milliseconds.
    var flapMilliseconds: UInt32 = 0
    /// The share of pieces at which the connection is reset: 0 to 1.
    var resets = 0.0

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
    static var settings: [Setting<LinkFault>] {
        [
            .value("from", \.from, .text), .value("to", \.to, .text),
            .value("one_way", \.isOneWay, .flag),
            .value("delay_ms", \.delayMilliseconds, .number(in: 0...10_000)),
            .value("jitter_ms", \.jitterMilliseconds, .number(in: 0...10_000)),
            .value("loss", \.loss, .decimal(in: 0...0.9)),
            .value("rate_kib", \.rateKibibytes, .number(in: 0...1_000_000)),
            .value("cut", \.isCut, .flag),
            .value("flap_ms", \.flapMilliseconds, .number(in: 0...60_000)),
            .value("resets", \.resets, .decimal(in: 0...0.9)),
        ]
    }
}
