/// Writes an RLP list of strings straight into its bytes. What is hashed often is written so: the
/// tree of an ``RLP`` would cost more than the hash.
struct RLPList {
    private var payload: Bytes = []

    init(capacity: Int) {
        payload.reserveCapacity(capacity)
    }

    /// The list's canonical bytes.
    var encoded: Bytes { encoded(after: []) }

    /// The list's canonical bytes behind those of `prefix`.
    func encoded(after prefix: Bytes) -> Bytes {
        var output: Bytes = []
        output.reserveCapacity(prefix.count + 9 + payload.count)
        output.append(contentsOf: prefix)
        RLP.appendHeader(of: payload.count, short: 0xc0, to: &output)
        output.append(contentsOf: payload)
        return output
    }

    mutating func hash(_ hash: Hash32) {
        payload.append(0xa0)
        hash.append(to: &payload)
    }

    mutating func address(_ address: Address) {
        payload.append(0x94)
        address.append(to: &payload)
    }

    mutating func number(_ value: UInt64) {
        if value > 0, value < 0x80 {
            payload.append(UInt8(value))
        } else {
            let zeros = value.leadingZeroBitCount / 8
            payload.append(0x80 + UInt8(8 - zeros))
            withUnsafeBytes(of: value.bigEndian) {
                payload.append(contentsOf: UnsafeRawBufferPointer(rebasing: $0.dropFirst(zeros)))
            }
        }
    }

    mutating func bytes(_ bytes: Bytes) {
        if bytes.count != 1 || bytes[0] >= 0x80 {
            RLP.appendHeader(of: bytes.count, short: 0x80, to: &payload)
        }
        payload.append(contentsOf: bytes)
    }

    /// A string or list that is encoded already.
    mutating func encodedItem(_ bytes: Bytes) {
        payload.append(contentsOf: bytes)
    }
}
