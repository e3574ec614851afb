import Protocol

/// Messages of the next heights, kept until the chain gets there.
struct FutureMessages: Sendable {
    /// A message whose signature was checked.
    struct Entry: Sendable {
        let message: ConsensusMessage
        let author: Address
    }

    private struct Slot: Hashable {
        let author: Address
        let height: UInt64
        let round: UInt32
        let kind: ConsensusMessage.Kind
    }

    /// How many messages with blocks in them one validator may leave here: they are large.
    private static let blocksPerValidator = 2

    private var entries: [Entry] = []
    private var slots: Set<Slot> = []

    /// Keeps a message of one of `validators` for later.
    ///
    /// Each validator has its share of the room, so that none can take it all; messages that carry
    /// blocks are kept for the height `next` alone. What is refused is sent again by its author.
    mutating func insert(
        _ entry: Entry, next: UInt64, validators: Int
    ) throws(Rejection) {
        let message = entry.message
        let slot = Slot(
            author: entry.author, height: message.height, round: message.round, kind: message.kind)
        guard !slots.contains(slot) else { throw .duplicate }
        let fromAuthor = entries.filter { $0.author == entry.author }
        guard entries.count < Limits.futureMessages,
            fromAuthor.count < max(Limits.futureMessages / max(validators, 1), 1)
        else { throw .bufferFull }
        if message.carriesBlock {
            guard message.height == next else { throw .tooFarAhead }
            guard fromAuthor.count(where: \.message.carriesBlock) < Self.blocksPerValidator else {
                throw .bufferFull
            }
        }
        slots.insert(slot)
        entries.append(entry)
    }

    /// Takes out the messages of `height` in the order in which they came, and lets go of those
    /// of heights below.
    mutating func take(height: UInt64) -> [Entry] {
        let taken = entries.filter { $0.message.height == height }
        entries.removeAll { $0.message.height <= height }
        slots = slots.filter { $0.height > height }
        return taken
    }
}

extension ConsensusMessage {
    /// Whether there is a whole block in it.
    var carriesBlock: Bool {
        switch self {
        case .proposal: true
        case .prepare, .commit: false
        case .roundChange(let change): change.block != nil
        }
    }
}
