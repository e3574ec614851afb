/// What the two ends of a link say to each other.
public enum LinkMessage: Hashable, Sendable {
    /// The first message each way.
    case hello(Hello)
    /// Nodes that others may dial.
    case peers([PeerEndpoint])
}

extension LinkMessage {
    var priority: WireMessage.Priority {
        switch self {
        case .hello: .consensus
        case .peers: .sync
        }
    }

    var code: UInt8 {
        switch self {
        case .hello: 1
        case .peers: 11
        }
    }

    var content: RLP {
        switch self {
        case .hello(let hello): hello.rlp
        case .peers(let peers): .list(of: peers)
        }
    }

    /// Reads the content of a message with `code`; nil if a link sends none with it.
    init?(code: UInt8, content: RLP) throws(MalformedBytes) {
        switch code {
        case 1: self = .hello(try Hello(rlp: content))
        case 11:
            self = .peers(
                try content.elements(of: "peers", atMost: Limits.peerAddresses) {
                    item throws(MalformedBytes) in try PeerEndpoint(rlp: item)
                })
        default: return nil
        }
    }
}
