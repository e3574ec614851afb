import Console

/// What the nodes of a testnet have said to each other up to a moment, by their own figures.
struct LinkTraffic {
    /// Bytes of messages, each as often as it was sent.
    var messages = 0.0
    /// Bytes on the links, both ways, with those of TLS and HTTP/2: each link is counted where it was taken.
    var links = 0.0

    init(messages: Double = 0, links: Double = 0) {
        self.messages = messages
        self.links = links
    }

    /// Asks each node that runs.
    init(of testnet: Testnet) throws {
        for (node, _) in testnet.running {
            guard let traffic = testnet.linkTraffic(of: node) else {
                throw CommandFailure(.unreachable, "\(node.name) does not say what it has sent")
            }
            messages += traffic.messages
            links += traffic.links
        }
    }

    static func - (left: Self, right: Self) -> LinkTraffic {
        LinkTraffic(messages: left.messages - right.messages, links: left.links - right.links)
    }

    /// A row each for a transaction and for a block.
    func figures(transactions: Int, blocks: Int) -> [LoadFigure] {
        let parts = [("transaction", transactions), ("block", blocks)]
        return parts.flatMap { name, count in
            let count = Double(max(1, count))
            return [
                LoadFigure(
                    "on all links a \(name), messages", "bytes", messages / count, decimals: 0),
                LoadFigure(
                    "on all links a \(name), with TLS and HTTP/2", "bytes", links / count,
                    decimals: 0),
            ]
        }
    }
}
