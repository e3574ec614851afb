package import API
import Console

extension LoopbackHTTP {
    /// An answer as far as it has come.
    struct Parsed {
        let answer: Answer
        let isWhole: Bool
        /// Whether nothing but the connection's end tells where the body ends.
        let endsWithConnection: Bool

        init(_ bytes: [UInt8]) throws {
            guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else {
                throw CommandFailure(.unreachable, "the answer is no HTTP")
            }
            let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
                .split(separator: "\r\n")
            let parts = lines.first?.split(separator: " ") ?? []
            guard parts.count >= 2, let status = Int(parts[1]) else {
                throw CommandFailure(.unreachable, "the answer is no HTTP")
            }
            let headers = Self.headers(lines.dropFirst())
            let body = bytes[end.upperBound...]
            if headers["transfer-encoding"]?.contains("chunked") == true {
                let (content, isWhole) = Self.dechunk(body)
                answer = Answer(status: status, headers: headers, body: content)
                (self.isWhole, endsWithConnection) = (isWhole, false)
            } else {
                let length = headers["content-length"].flatMap { Int($0) }
                answer = Answer(
                    status: status, headers: headers, body: Array(body.prefix(length ?? .max)))
                isWhole = length.map { body.count >= $0 } ?? false
                endsWithConnection = length == nil
            }
        }

        /// Several fields of one name make one, parted by commas.
        private static func headers(_ lines: ArraySlice<Substring>) -> [String: String] {
            let pairs = lines.map { line in
                let sides = line.split(separator: ":", maxSplits: 1)
                let value = sides.count > 1 ? String(sides[1].drop { $0 == " " }) : ""
                return (String(sides[0]).lowercased(), value)
            }
            return Dictionary(pairs) { "\($0), \($1)" }
        }

        private static func dechunk(
            _ bytes: ArraySlice<UInt8>
        ) -> (content: [UInt8], isWhole: Bool) {
            var content: [UInt8] = []
            var rest = bytes
            while let lineEnd = rest.firstRange(of: Array("\r\n".utf8)) {
                let digits = String(decoding: rest[..<lineEnd.lowerBound], as: UTF8.self)
                    .prefix { $0.isHexDigit }
                guard let count = Int(digits, radix: 16) else { break }
                if count == 0 { return (content, true) }
                guard rest[lineEnd.upperBound...].count >= count + 2 else { break }
                content += rest[lineEnd.upperBound...].prefix(count)
                rest = rest[lineEnd.upperBound...].dropFirst(count + 2)
            }
            return (content, false)
        }
    }
}

extension LoopbackHTTP.Answer {
    /// The body as JSON.
    package var json: JSON {
        get throws {
            do throws(MalformedJSON) {
                return try JSON(decoding: body)
            } catch {
                throw CommandFailure(.failed, "the answer is not JSON: \(error)")
            }
        }
    }

    /// The beginning of the body, as text on one line.
    package var text: String {
        String(decoding: body.prefix(300), as: UTF8.self).split(whereSeparator: \.isNewline)
            .joined(separator: " ")
    }
}
