/// The Salsa20/8 core, as scrypt uses it (RFC 7914, section 3).
enum Salsa {
    /// Replaces the 16 words at `words`.
    static func permute(_ words: UnsafeMutablePointer<UInt32>) {
        var (x0, x1, x2, x3) = (words[0], words[1], words[2], words[3])
        var (x4, x5, x6, x7) = (words[4], words[5], words[6], words[7])
        var (x8, x9, x10, x11) = (words[8], words[9], words[10], words[11])
        var (x12, x13, x14, x15) = (words[12], words[13], words[14], words[15])
        var round = 0
        while round < 4 {
            quarter(&x0, &x4, &x8, &x12)
            quarter(&x5, &x9, &x13, &x1)
            quarter(&x10, &x14, &x2, &x6)
            quarter(&x15, &x3, &x7, &x11)
            quarter(&x0, &x1, &x2, &x3)
            quarter(&x5, &x6, &x7, &x4)
            quarter(&x10, &x11, &x8, &x9)
            quarter(&x15, &x12, &x13, &x14)
            round &+= 1
        }
        (words[0], words[1]) = (words[0] &+ x0, words[1] &+ x1)
        (words[2], words[3]) = (words[2] &+ x2, words[3] &+ x3)
        (words[4], words[5]) = (words[4] &+ x4, words[5] &+ x5)
        (words[6], words[7]) = (words[6] &+ x6, words[7] &+ x7)
        (words[8], words[9]) = (words[8] &+ x8, words[9] &+ x9)
        (words[10], words[11]) = (words[10] &+ x10, words[11] &+ x11)
        (words[12], words[13]) = (words[12] &+ x12, words[13] &+ x13)
        (words[14], words[15]) = (words[14] &+ x14, words[15] &+ x15)
    }

    @inline(__always)
    private static func quarter(
        _ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32, _ d: inout UInt32
    ) {
        var sum = a &+ d
        b ^= sum &<< 7 | sum &>> 25
        sum = b &+ a
        c ^= sum &<< 9 | sum &>> 23
        sum = c &+ b
        d ^= sum &<< 13 | sum &>> 19
        sum = d &+ c
        a ^= sum &<< 18 | sum &>> 14
    }
}
