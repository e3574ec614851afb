import Glibc
import Protocol

extension ArraySlice<UInt8> {
    /// Where `pattern` comes first. The library's search is made for anything that can be compared, and
    /// takes ten times as long: a generator must not take the processor from what it measures.
    func place(of pattern: Bytes) -> Range<Int>? {
        guard let first = pattern.first else { return startIndex..<startIndex }
        let offset = withUnsafeBytes { bytes -> Int? in
            guard let base = bytes.baseAddress else { return nil }
            var from = 0
            while bytes.count - from >= pattern.count {
                guard let found = memchr(base + from, Int32(first), bytes.count - from) else {
                    return nil
                }
                let place = UnsafeRawPointer(found) - base
                guard place + pattern.count <= bytes.count else { return nil }
                if memcmp(found, pattern, pattern.count) == 0 { return place }
                from = place + 1
            }
            return nil
        }
        return offset.map { startIndex + $0..<startIndex + $0 + pattern.count }
    }
}
