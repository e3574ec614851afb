import NIOCore
import NIOEmbedded
import NIOHTTP1
import Protocol

@testable import API
@testable import Peering
@testable import Transport

extension FuzzTarget {
    /// What listens.
    static let portTargets = [
        FuzzTarget("http1") { bytes in
            let whole = requests(bytes, cut: bytes.count)
            for cut in [1, 7] where requests(bytes, cut: cut) != whole {
                return .wrong("read otherwise in pieces of \(cut)")
            }
            return whole.last?.hasPrefix("refused") == true ? .refused : .taken
        },
        FuzzTarget("frames") { bytes in
            let whole = frames(bytes, cut: bytes.count)
            for cut in [1, 7] where frames(bytes, cut: cut) != whole {
                return .wrong("read otherwise in pieces of \(cut)")
            }
            return whole.isEmpty ? .refused : .taken
        },
        FuzzTarget("request-target") { bytes in
            let target = RequestTarget(UntrustedText(String(decoding: bytes, as: UTF8.self)))
            _ = target["wait"]
            return target.segments.isEmpty ? .refused : .taken
        },
        FuzzTarget("endpoint") { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            guard let endpoint = Endpoint(text) else { return .refused }
            return Endpoint(endpoint.description) == endpoint ? .taken : .wrong("\(endpoint)")
        },
        FuzzTarget("certificate-pem") { bytes in
            (try? PeerCertificate(pem: bytes)) == nil ? .refused : .taken
        },
    ]

    /// What an HTTP/1.1 connection reads in bytes that come in pieces: each part in a line, the
    /// chunks of a body put together.
    private static func requests(_ bytes: [UInt8], cut: Int) -> [String] {
        let reader = RequestReader()
        reader.gate.owner = reader
        let channel = EmbeddedChannel(handlers: [
            reader.gate, HTTP1Connection.requestDecoder(headerLimit: RequestReader.headerLimit),
            reader,
        ])
        // A channel that is not taken down is never freed.
        defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
        for start in stride(from: 0, to: bytes.count, by: max(1, cut)) {
            let piece = bytes[start..<min(start + cut, bytes.count)]
            _ = try? channel.writeInbound(ByteBuffer(bytes: piece))
        }
        return reader.read
    }

    private static func frames(_ bytes: [UInt8], cut: Int) -> [Bytes] {
        var reader = FrameReader()
        var frames: [Bytes] = []
        for start in stride(from: 0, to: bytes.count, by: max(1, cut)) {
            reader.append(Array(bytes[start..<min(start + cut, bytes.count)]))
            while (try? reader.begin()) != nil || reader.expected != nil {
                guard let frame = reader.take() else { break }
                frames.append(frame)
            }
        }
        return frames
    }
}
