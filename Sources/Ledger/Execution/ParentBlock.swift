import Protocol

/// What a block must follow: as much as matters of the one before it.
struct ParentBlock {
    let hash: Hash32
    let number: UInt64
    let timestamp: Timestamp

    init(_ header: BlockHeader) {
        hash = header.hash
        number = header.number
        timestamp = header.timestamp
    }

    init(_ block: Block) {
        hash = block.hash
        number = block.number
        timestamp = block.header.timestamp
    }
}
