/// Why a call took no effect: a sentence for the one who called.
struct Revert: Error, Hashable {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}
