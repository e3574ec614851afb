/// How many bytes of RLP things take.
enum RLPSize {
    /// A list whose items take `payload` bytes.
    static func ofList(_ payload: Int) -> Int {
        guard payload >= 56 else { return payload + 1 }
        return payload + 1 + (Int.bitWidth - payload.leadingZeroBitCount + 7) / 8
    }

    /// A string of `count` bytes, which is not one small byte.
    static func ofBytes(_ count: Int) -> Int { ofList(count) }
}
