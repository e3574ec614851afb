internal import NIOHTTP1

/// Why a request cannot be read, with the status to answer.
struct HTTP1Failure: Error {
    let status: Int
    let text: String

    init(status: Int, _ text: String) {
        self.status = status
        self.text = text
    }

    init(_ error: HTTPParserError) {
        switch error {
        case .headerOverflow: self.init(status: 431, "a header beyond the limit")
        case .invalidVersion: self.init(status: 505, "HTTP version")
        case .invalidChunkSize: self.init(status: 400, "chunk size")
        default: self.init(status: 400, "\(error)")
        }
    }

    /// Bytes that are no request, or could be read in two ways.
    static func bad(_ text: String) -> HTTP1Failure {
        HTTP1Failure(status: 400, text)
    }
}
