/// `links.json`: the links that are worse than the machine's own, as they are now. `chaos` writes
/// it, the proxies read it again whenever it changes.
struct LinkFile: JSONDocument, Equatable {
    /// What the manifest says of the links; it stays.
    var lasting: [LinkFault]
    /// What was done to them since; the first that covers a link holds, before all that is lasting.
    var faults: [LinkFault] = []
    /// Each node whose connections were reset, `*` for all, with the moment: those made before it,
    /// in milliseconds since 1970, are broken.
    var resets: [String: UInt64] = [:]

    /// The fault of what `sender` sends to `receiver`; nil where the link is whole.
    func fault(from sender: String, to receiver: String) -> LinkFault? {
        faults.first { $0.covers(from: sender, to: receiver) }
            ?? lasting.first { $0.covers(from: sender, to: receiver) }
    }

    /// When the connections between two nodes were reset last; 0 if never.
    func lastReset(between one: String, _ other: String) -> UInt64 {
        [one, other, "*"].compactMap { resets[$0] }.max() ?? 0
    }

    /// Takes back what was done to the links of `names`; `*` means every node.
    mutating func join(_ names: [String]) {
        faults.removeAll { fault in names.contains { $0 == "*" || fault.names($0) } }
    }

    /// Puts `added` before everything else.
    mutating func add(_ added: [LinkFault]) { faults = added + faults }
}
