public import Protocol

/// Why a block is not valid on its parent.
public enum BlockError: Error, Hashable, Sendable {
    /// It names another parent.
    case wrongParent(stated: Hash32, expected: Hash32)
    /// Its number is not its parent's plus one.
    case wrongNumber(stated: UInt64, parent: UInt64)
    /// It is older than its parent.
    case timeBeforeParent(stated: Timestamp, parent: Timestamp)
    /// It is executed by rules that this program does not know.
    case unknownRules(UnknownRules)
    /// It has too many transactions, too many bytes, or uses too much gas.
    case aboveLimit(String)
    /// A transaction cannot stand there.
    case inadmissible(index: Int, AdmissionError)
    /// A transaction's nonce leaves a gap.
    case nonceGap(index: Int)
    /// A field of its header is not what execution gives.
    case wrongResult(field: String, stated: String, computed: String)
}

extension BlockError: CustomStringConvertible {
    /// What is wrong with the block.
    public var description: String {
        switch self {
        case .wrongParent(let stated, let expected):
            "the block's parent is \(stated), not \(expected)"
        case .wrongNumber(let stated, let parent):
            "block \(stated) does not follow block \(parent)"
        case .timeBeforeParent(let stated, let parent):
            "the block's time \(stated.milliseconds) ms is before its parent's, "
                + "\(parent.milliseconds) ms"
        case .unknownRules(let rules): rules.description
        case .aboveLimit(let what):
            "the block is above a limit: \(what)"
        case .inadmissible(let index, let error):
            "transaction \(index) cannot stand in the block: \(error)"
        case .nonceGap(let index):
            "transaction \(index) cannot stand in the block: nonce too high"
        case .wrongResult(let field, let stated, let computed):
            "the header's \(field) is \(stated), execution gives \(computed)"
        }
    }
}
