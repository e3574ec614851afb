/// Keccak-256 with the original padding, as Ethereum uses it (not the later SHA3-256).
public enum Keccak256 {
    private static let rate = 136

    /// The digest of `bytes`.
    public static func hash(_ bytes: Bytes) -> Hash32 {
        var sponge = KeccakState()
        var offset = 0
        bytes.withUnsafeBufferPointer { input in
            while input.count - offset >= rate {
                sponge.absorb(UnsafeBufferPointer(rebasing: input[offset..<(offset + rate)]))
                sponge.permute()
                offset += rate
            }
        }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: rate) { last in
            let rest = bytes.count - offset
            _ = last.initialize(from: bytes[offset...])
            last[rest...].initialize(repeating: 0)
            last[rest] = 1
            last[rate - 1] |= 0x80
            sponge.absorb(UnsafeBufferPointer(last))
        }
        sponge.permute()
        return sponge.digest
    }
}

/// The sponge's 25 lanes, each a stored property so that a permutation stays in registers.
private struct KeccakState {
    // swift-format-ignore
    private var (a00, a01, a02, a03, a04): (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)
    private var (a05, a06, a07, a08, a09): (UInt64, UInt64, UInt64, UInt64, UInt64) = (
        0, 0, 0, 0, 0
    )
    private var (a10, a11, a12, a13, a14): (UInt64, UInt64, UInt64, UInt64, UInt64) = (
        0, 0, 0, 0, 0
    )
    private var (a15, a16, a17, a18, a19): (UInt64, UInt64, UInt64, UInt64, UInt64) = (
        0, 0, 0, 0, 0
    )
    private var (a20, a21, a22, a23, a24): (UInt64, UInt64, UInt64, UInt64, UInt64) = (
        0, 0, 0, 0, 0
    )

    private static let roundConstants: [UInt64] = [
        0x0000_0000_0000_0001, 0x0000_0000_0000_8082, 0x8000_0000_0000_808a,
        0x8000_0000_8000_8000, 0x0000_0000_0000_808b, 0x0000_0000_8000_0001,
        0x8000_0000_8000_8081, 0x8000_0000_0000_8009, 0x0000_0000_0000_008a,
        0x0000_0000_0000_0088, 0x0000_0000_8000_8009, 0x0000_0000_8000_000a,
        0x0000_0000_8000_808b, 0x8000_0000_0000_008b, 0x8000_0000_0000_8089,
        0x8000_0000_0000_8003, 0x8000_0000_0000_8002, 0x8000_0000_0000_0080,
        0x0000_0000_0000_800a, 0x8000_0000_8000_000a, 0x8000_0000_8000_8081,
        0x8000_0000_0000_8080, 0x0000_0000_8000_0001, 0x8000_0000_8000_8008,
    ]

    var digest: Hash32 {
        Hash32(words: (a00.byteSwapped, a01.byteSwapped, a02.byteSwapped, a03.byteSwapped))
    }

    mutating func absorb(_ block: UnsafeBufferPointer<UInt8>) {
        let raw = UnsafeRawBufferPointer(block)
        func lane(_ index: Int) -> UInt64 {
            UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
        }
        a00 ^= lane(0); a01 ^= lane(1); a02 ^= lane(2); a03 ^= lane(3); a04 ^= lane(4)
        a05 ^= lane(5); a06 ^= lane(6); a07 ^= lane(7); a08 ^= lane(8); a09 ^= lane(9)
        a10 ^= lane(10); a11 ^= lane(11); a12 ^= lane(12); a13 ^= lane(13); a14 ^= lane(14)
        a15 ^= lane(15); a16 ^= lane(16)
    }

    /// One permutation: theta, rho, pi, chi and iota, 24 times (FIPS 202, 3.2).
    mutating func permute() {
        for constant in Self.roundConstants {
            let (d0, d1, d2, d3, d4) = theta()
            let b00 = a00 ^ d0
            let b01 = rotate(a06 ^ d1, 44)
            let b02 = rotate(a12 ^ d2, 43)
            let b03 = rotate(a18 ^ d3, 21)
            let b04 = rotate(a24 ^ d4, 14)
            let b05 = rotate(a03 ^ d3, 28)
            let b06 = rotate(a09 ^ d4, 20)
            let b07 = rotate(a10 ^ d0, 3)
            let b08 = rotate(a16 ^ d1, 45)
            let b09 = rotate(a22 ^ d2, 61)
            let b10 = rotate(a01 ^ d1, 1)
            let b11 = rotate(a07 ^ d2, 6)
            let b12 = rotate(a13 ^ d3, 25)
            let b13 = rotate(a19 ^ d4, 8)
            let b14 = rotate(a20 ^ d0, 18)
            let b15 = rotate(a04 ^ d4, 27)
            let b16 = rotate(a05 ^ d0, 36)
            let b17 = rotate(a11 ^ d1, 10)
            let b18 = rotate(a17 ^ d2, 15)
            let b19 = rotate(a23 ^ d3, 56)
            let b20 = rotate(a02 ^ d2, 62)
            let b21 = rotate(a08 ^ d3, 55)
            let b22 = rotate(a14 ^ d4, 39)
            let b23 = rotate(a15 ^ d0, 41)
            let b24 = rotate(a21 ^ d1, 2)
            (a00, a01, a02, a03, a04) = chi(b00, b01, b02, b03, b04)
            (a05, a06, a07, a08, a09) = chi(b05, b06, b07, b08, b09)
            (a10, a11, a12, a13, a14) = chi(b10, b11, b12, b13, b14)
            (a15, a16, a17, a18, a19) = chi(b15, b16, b17, b18, b19)
            (a20, a21, a22, a23, a24) = chi(b20, b21, b22, b23, b24)
            a00 ^= constant
        }
    }

    /// What theta adds to each column.
    @inline(__always)
    private func theta() -> Row {
        let c0 = a00 ^ a05 ^ a10 ^ a15 ^ a20
        let c1 = a01 ^ a06 ^ a11 ^ a16 ^ a21
        let c2 = a02 ^ a07 ^ a12 ^ a17 ^ a22
        let c3 = a03 ^ a08 ^ a13 ^ a18 ^ a23
        let c4 = a04 ^ a09 ^ a14 ^ a19 ^ a24
        return (
            c4 ^ rotate(c1, 1), c0 ^ rotate(c2, 1), c1 ^ rotate(c3, 1), c2 ^ rotate(c4, 1),
            c3 ^ rotate(c0, 1)
        )
    }
}

private typealias Row = (UInt64, UInt64, UInt64, UInt64, UInt64)

/// Chi on one row.
@inline(__always)
private func chi(_ b0: UInt64, _ b1: UInt64, _ b2: UInt64, _ b3: UInt64, _ b4: UInt64) -> Row {
    (b0 ^ (~b1 & b2), b1 ^ (~b2 & b3), b2 ^ (~b3 & b4), b3 ^ (~b4 & b0), b4 ^ (~b0 & b1))
}

@inline(__always)
private func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
    value << count | value >> (64 - count)
}
