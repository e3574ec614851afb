import Glibc

/// Descriptors of which some may have something to read. `poll` counts time in milliseconds, which is
/// too coarse for times that are planned; `pselect` in nanoseconds.
struct DescriptorSet {
    /// A bit for each descriptor. The kernel reads as many words as the greatest needs, however few an
    /// `fd_set` has.
    private var words: [UInt]
    private let end: Int32

    init(_ descriptors: [Int32]) {
        end = (descriptors.max() ?? -1) + 1
        // At least an `fd_set`, which the C library may look at as a whole.
        let count = max(Self.word(of: end) + 1, MemoryLayout<fd_set>.size / MemoryLayout<UInt>.size)
        words = [UInt](repeating: 0, count: count)
        for descriptor in descriptors {
            words[Self.word(of: descriptor)] |= Self.bit(of: descriptor)
        }
    }

    private static func word(of descriptor: Int32) -> Int { Int(descriptor) / UInt.bitWidth }

    private static func bit(of descriptor: Int32) -> UInt {
        1 << (UInt(descriptor) % UInt(UInt.bitWidth))
    }

    /// Waits until one of them has something to read, and keeps those that have; false if none has
    /// within `seconds`.
    mutating func wait(seconds: Double) -> Bool {
        let whole = seconds.rounded(.down)
        var timeout = timespec(
            tv_sec: Int(whole), tv_nsec: Int((seconds - whole) * 1_000_000_000))
        return words.withUnsafeMutableBytes { bytes in
            pselect(
                end, bytes.baseAddress?.assumingMemoryBound(to: fd_set.self), nil, nil, &timeout,
                nil) > 0
        }
    }

    func contains(_ descriptor: Int32) -> Bool {
        words[Self.word(of: descriptor)] & Self.bit(of: descriptor) != 0
    }
}
