internal import Ledger
internal import Protocol

/// What goes wrong in a call, as JSON-RPC 2.0 and Ethereum's clients number it.
struct RPCError: Error {
    let code: Int
    let message: String
    var data: JSON?

    static func invalidParameters(_ reason: String) -> RPCError {
        RPCError(code: -32_602, message: "invalid params: \(reason)")
    }

    static func missing(_ index: Int) -> RPCError {
        RPCError(code: -32_602, message: "missing value for required argument \(index)")
    }

    static func refused(_ message: String) -> RPCError {
        RPCError(code: -32_000, message: message)
    }

    /// A refused transaction. Its reason is data, so that no client has to read the message.
    static func refused(_ refusal: SubmissionRefusal) -> RPCError {
        let code =
            switch refusal.reason {
            case .busy, .poolFull, .rateLimited: -32_005
            default: -32_000
            }
        return RPCError(
            code: code, message: refusal.message,
            data: ["reason": .string(refusal.reason.rawValue)])
    }

    static func unknownMethod(_ name: String) -> RPCError {
        RPCError(
            code: -32_601, message: "the method \(name) does not exist/is not available")
    }

    static func invalidRequest(_ reason: String) -> RPCError {
        RPCError(code: -32_600, message: reason)
    }

    static func reverted(_ reason: String, _ data: Bytes) -> RPCError {
        RPCError(
            code: 3, message: "execution reverted: \(reason)",
            data: .string("0x" + Hexadecimal.encode(data)))
    }

    static let `internal` = RPCError(code: -32_603, message: "internal error")

    var json: JSON {
        var error: JSON = ["code": .number(code), "message": .string(message)]
        if let data { error = error.adding(["data": data]) }
        return error
    }
}
