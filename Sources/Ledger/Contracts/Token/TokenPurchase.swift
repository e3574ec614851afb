public import Protocol

/// A member's purchase of tokens: a buyer has one open at most.
public struct TokenPurchase: Hashable, Sendable {
    /// The buyer's purchases are numbered from 1, so that none is taken for another.
    public var number: UInt32
    /// What became of it.
    public var status: Status
    /// The aggregator that is to sell.
    public var seller: Address
    /// How many tokens.
    public var amount: TokenAmount
    /// By what the seller recognises the payment for them.
    public var reference: UntrustedText

    /// What becomes of a purchase.
    public enum Status: UInt8, Hashable, Sendable, CaseIterable {
        /// It waits for its seller, who sells or declines; the buyer may take it back.
        case open = 1
        /// The tokens have moved.
        case sold = 2
        /// The seller will not sell.
        case declined = 3
        /// The buyer took it back.
        case cancelled = 4

        /// The status for people and programs.
        public var name: String { "\(self)" }
    }

    /// Whether it waits for its seller.
    public var isOpen: Bool { status == .open }
}

extension TokenPurchase {
    /// What `tokenPurchase` returns: of a buyer who never bought, nothing but zeros.
    static func values(_ purchase: TokenPurchase?) -> [ABIValue] {
        [
            .number(purchase?.number ?? 0), .number(purchase?.status.rawValue ?? 0),
            .address(purchase?.seller ?? .zero), .number(purchase?.amount.baseUnits ?? 0),
            .string(purchase?.reference.verbatim ?? ""),
        ]
    }
}

extension TokenPurchase: Record {
    var encoded: Bytes { Self.bytes(of: number, status, seller, amount) + reference.verbatim.utf8 }

    init(decoding bytes: Bytes) throws(MalformedBytes) {
        var reader = RecordReader(bytes, of: "token purchase")
        number = try reader.next()
        status = try reader.next()
        seller = try reader.next()
        amount = try reader.next()
        reference = UntrustedText(try reader.lastText())
    }
}
