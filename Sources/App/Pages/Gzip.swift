internal import CZlib

/// Compression as browsers take it (RFC 1952).
enum Gzip {
    /// `bytes` in the format of gzip.
    static func compress(_ bytes: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        guard busbar_gzip_init(&stream) == Z_OK else { fatalError("zlib has no memory") }
        defer { deflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
        let isDone = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                return deflate(&stream, Z_FINISH) == Z_STREAM_END
            }
        }
        guard isDone else { fatalError("zlib wants more room than it said") }
        return Array(output.prefix(Int(stream.total_out)))
    }
}
