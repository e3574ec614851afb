extension TokenAmount {
    /// Reads an amount in tokens, as `12` or `0.12`: digits, with at most six after the point.
    ///
    /// Nil for any other text, and for an amount that 64 bits of base units do not hold.
    public init?(tokens text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? parts[1] : ""
        let isDigits = { (part: Substring) in
            part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }
        guard let whole = parts.first, !whole.isEmpty, parts.count == 1 || !fraction.isEmpty,
            fraction.utf8.count <= Self.decimals, isDigits(whole), isDigits(fraction)
        else { return nil }
        let zeros = String(repeating: "0", count: Self.decimals - fraction.utf8.count)
        guard let baseUnits = UInt64(String(whole) + fraction + zeros) else { return nil }
        self.init(baseUnits)
    }

    /// The amount in tokens, with as many decimals as it needs and two at least: `0.12`.
    public var tokensText: String {
        let unit = UInt64(1_000_000)
        let digits = String(baseUnits % unit)
        var fraction = String(repeating: "0", count: Self.decimals - digits.count) + digits
        while fraction.count > 2, fraction.last == "0" { fraction.removeLast() }
        return "\(baseUnits / unit).\(fraction)"
    }
}
