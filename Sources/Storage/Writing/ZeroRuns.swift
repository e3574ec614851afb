internal import Protocol

/// Bytes in which each run of zeros takes two bytes: a zero, and how many there are, to 255. Calls and
/// events are ABI-encoded, and half of them is zeros.
enum ZeroRuns {
    /// `bytes`, packed. ``unpack(_:most:)`` gives the same again.
    static func pack(_ bytes: some Collection<UInt8>) -> Bytes {
        var packed = Bytes()
        packed.reserveCapacity(bytes.count)
        var zeros: UInt8 = 0
        for byte in bytes {
            if zeros > 0, byte != 0 || zeros == .max {
                packed.append(0)
                packed.append(zeros)
                zeros = 0
            }
            if byte == 0 { zeros += 1 } else { packed.append(byte) }
        }
        if zeros > 0 {
            packed.append(0)
            packed.append(zeros)
        }
        return packed
    }

    /// What was packed. Throws if `packed` is not what ``pack(_:)`` makes of anything, or of more than
    /// `most` bytes.
    static func unpack(_ packed: Bytes, most: Int) throws(MalformedBytes) -> Bytes {
        var bytes = Bytes()
        var (index, mayBeZero) = (0, true)
        while index < packed.count {
            let byte = packed[index]
            index += 1
            if byte != 0 {
                bytes.append(byte)
                mayBeZero = true
            } else {
                guard index < packed.count, packed[index] > 0, mayBeZero else {
                    throw MalformedBytes("a run of zeros is cut short, or could be longer")
                }
                bytes.append(contentsOf: repeatElement(0, count: Int(packed[index])))
                mayBeZero = packed[index] == .max
                index += 1
            }
            guard bytes.count <= most else { throw MalformedBytes("more than \(most) bytes") }
        }
        return bytes
    }
}
