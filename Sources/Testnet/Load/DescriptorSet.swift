import Glibc

/// Descriptors of which some may have something to read. `poll` counts time in milliseconds, which is
/// too coarse for times that are planned; `pselect` in nanoseconds.
struct DescriptorSet {
    /// No descriptor may be as great (select(2)).
    static let capacity = 1_024

    private var set = fd_set()
    private var end: Int32 = 0

    init(_ descriptors: [Int32]) {
        for descriptor in descriptors {
            precondition(Int(descriptor) < Self.capacity, "too many descriptors")
            let (word, bit) = Self.place(of: descriptor)
            withUnsafeMutableBytes(of: &set) { $0.bindMemory(to: UInt.self)[word] |= bit }
            end = max(end, descriptor + 1)
        }
    }

    private static func place(of descriptor: Int32) -> (word: Int, bit: UInt) {
        (Int(descriptor) / UInt.bitWidth, 1 << (UInt(descriptor) % UInt(UInt.bitWidth)))
    }

    /// Waits until one of them has something to read, and keeps those that have; false if none has
    /// within `seconds`.
    mutating func wait(seconds: Double) -> Bool {
        let whole = seconds.rounded(.down)
        var timeout = timespec(
            tv_sec: Int(whole), tv_nsec: Int((seconds - whole) * 1_000_000_000))
        return pselect(end, &set, nil, nil, &timeout, nil) > 0
    }

    func contains(_ descriptor: Int32) -> Bool {
        let (word, bit) = Self.place(of: descriptor)
        return withUnsafeBytes(of: set) { $0.bindMemory(to: UInt.self)[word] & bit != 0 }
    }
}
