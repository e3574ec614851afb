/// Who asks, and what it may still ask.
package struct Caller: Sendable {
    /// How many blocks, or how many transactions of one, may be read for one request.
    private static let itemsPerRequest: UInt64 = 100

    /// By what its share of what the node keeps is known.
    package let name: String
    /// Whether it may make so many requests more than the one that it was let in with; they count.
    let mayAsk: @Sendable (Int) -> Bool

    /// Whether `count` blocks, or transactions of one, may be read for it: the first hundred come
    /// with the request that it was let in with, and each hundred more counts as another request.
    package func mayRead(_ count: UInt64) -> Bool {
        let more = (max(count, 1) - 1) / Self.itemsPerRequest
        return more == 0 || mayAsk(Int(clamping: more))
    }
}
