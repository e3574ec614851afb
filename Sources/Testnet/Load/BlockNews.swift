import Protocol

/// What a node's events say of a final block.
struct BlockNews: Equatable {
    struct Entry: Equatable {
        let key: LoadBook.Key
        let succeeded: Bool
    }

    /// An offer that stands since a final block.
    struct Offer: Equatable {
        /// The transaction that made it.
        let key: LoadBook.Key
        let id: OfferID
    }

    let number: UInt64
    let transactions: [Entry]
}

/// Takes a node's stream of events apart as it comes: an answer of HTTP/1.1 in chunks (RFC 9112,
/// section 7.1) with server-sent events in it. It looks for no more than what a load needs, since a
/// generator that works hard takes the processor from those whom it measures.
struct BlockNewsReader {
    private enum State {
        case head
        case size
        case data(Int)
        /// The end of line after a chunk.
        case end
    }

    private var state = State.head
    /// What has come and is not taken apart.
    private var raw: Bytes = []
    /// The stream's text as far as it belongs to an event that is not complete.
    private var text: Bytes = []
    private let tellsOffers: Bool
    private var offers: [BlockNews.Offer] = []

    /// - Parameter tellsOffers: whether offers are looked for.
    init(tellsOffers: Bool = false) {
        self.tellsOffers = tellsOffers
    }

    private static let lineEnd = Array("\r\n".utf8)
    private static let eventEnd = Array("\n\n".utf8)
    private static let block = Array("event: block\nid: ".utf8)
    private static let market = Array("event: market\n".utf8)
    private static let offer = Array("\"event\":\"OfferAdded\",\"trade\":".utf8)
    private static let transaction = Array("\"transaction\":\"0x".utf8)
    private static let list = Array("\"transactions\":[".utf8)
    private static let hash = Array("{\"hash\":\"0x".utf8)
    private static let hashDigits = 64
    /// What stands between a hash and its status.
    private static let status = Array("\",\"status\":\"".utf8)

    /// Whether the node has begun to answer, with an error or the stream.
    private(set) var hasBegun = false

    /// The blocks that are complete with `bytes`. Throws where the node says no, or nothing more.
    mutating func add(_ bytes: Bytes) throws(SocketFailure) -> [BlockNews] {
        raw += bytes
        var rest = raw[...]
        while try take(&rest) {}
        raw = Array(rest)
        return try events()
    }

    /// Takes the next piece off; false where more must come first.
    private mutating func take(_ rest: inout ArraySlice<UInt8>) throws(SocketFailure) -> Bool {
        switch state {
        case .head:
            let gap = Self.lineEnd + Self.lineEnd
            guard let end = rest.place(of: gap) else { return false }
            let head = String(decoding: rest[..<end.lowerBound], as: UTF8.self)
            guard head.hasPrefix("HTTP/1.1 200") else {
                throw .unreadable("no events: \(head.prefix(while: { !$0.isNewline }))")
            }
            hasBegun = true
            rest = rest[end.upperBound...]
            state = .size
        case .size:
            guard let end = rest.place(of: Self.lineEnd) else { return false }
            let digits = String(decoding: rest[..<end.lowerBound], as: UTF8.self)
            guard let size = Int(digits, radix: 16) else { throw .unreadable("no chunk's size") }
            guard size > 0 else { throw .closed }
            rest = rest[end.upperBound...]
            state = .data(size)
        case .data(let size):
            guard !rest.isEmpty else { return false }
            let piece = rest.prefix(size)
            text += piece
            rest = rest[piece.endIndex...]
            state = piece.count == size ? .end : .data(size - piece.count)
        case .end:
            guard rest.count >= Self.lineEnd.count else { return false }
            rest = rest.dropFirst(Self.lineEnd.count)
            state = .size
        }
        return true
    }

    private mutating func events() throws(SocketFailure) -> [BlockNews] {
        var found: [BlockNews] = []
        var rest = text[...]
        while let end = rest.place(of: Self.eventEnd) {
            let event = rest[..<end.lowerBound]
            if event.starts(with: Self.block) {
                found.append(try Self.news(event.dropFirst(Self.block.count)))
            } else if tellsOffers, event.starts(with: Self.market) {
                try note(event)
            }
            rest = rest[end.upperBound...]
        }
        text = Array(rest)
        return found
    }

    /// The offers that have been told of since they were asked for last.
    mutating func takeOffers() -> [BlockNews.Offer] {
        defer { offers = [] }
        return offers
    }

    /// Takes note of an event of the market, if it is that of a new offer.
    private mutating func note(_ event: ArraySlice<UInt8>) throws(SocketFailure) {
        guard let start = event.place(of: Self.offer) else { return }
        let rest = event[start.upperBound...]
        guard let id = Self.number(rest), let number = UInt32(exactly: id),
            let transaction = rest.place(of: Self.transaction),
            let key = Self.key(rest[transaction.upperBound...].prefix(Self.hashDigits))
        else { throw .unreadable("an offer without a number or a transaction") }
        offers.append(BlockNews.Offer(key: key, id: OfferID(number)))
    }

    /// The decimal number that `text` begins with.
    private static func number(_ text: ArraySlice<UInt8>) -> UInt64? {
        let digits = text.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return UInt64(String(decoding: digits, as: UTF8.self))
    }

    private static func news(_ event: ArraySlice<UInt8>) throws(SocketFailure) -> BlockNews {
        guard let number = Self.number(event), let list = event.place(of: Self.list) else {
            throw .unreadable("a block without a number or a list")
        }
        var transactions: [BlockNews.Entry] = []
        var rest = event[list.upperBound...]
        while let start = rest.place(of: Self.hash) {
            let digits = rest[start.upperBound...].prefix(Self.hashDigits)
            let after = digits.endIndex + Self.status.count
            guard let key = Self.key(digits), after + 1 < rest.endIndex,
                rest[digits.endIndex..<after].elementsEqual(Self.status)
            else { throw .unreadable("a block's transaction") }
            // `final` or `failed`: the second letter tells.
            let isFinal = rest[after + 1] == UInt8(ascii: "i")
            transactions.append(BlockNews.Entry(key: key, succeeded: isFinal))
            rest = rest[after...]
        }
        return BlockNews(number: number, transactions: transactions)
    }

    /// The number in the first sixteen of a hash's hexadecimal digits.
    private static func key(_ digits: ArraySlice<UInt8>) -> LoadBook.Key? {
        guard digits.count == hashDigits else { return nil }
        var key: LoadBook.Key = 0
        for digit in digits.prefix(16) {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            default: return nil
            }
            key = key << 4 | LoadBook.Key(value)
        }
        return key
    }
}
