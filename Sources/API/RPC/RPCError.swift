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

    /// After how many seconds a transaction may be sent again that was refused under pressure.
    static let retryAfter = 1

    /// A refused transaction. Its reason is data, so that no client has to read the message.
    static func refused(_ refusal: SubmissionRefusal) -> RPCError {
        let reason: JSON = ["reason": .string(refusal.reason.rawValue)]
        guard refusal.reason.isPressure else {
            return RPCError(code: -32_000, message: refusal.message, data: reason)
        }
        return RPCError(
            code: -32_005, message: refusal.message,
            data: reason.adding(["retryAfterSeconds": .number(retryAfter)]))
    }

    static func unknownMethod(_ name: UntrustedText) -> RPCError {
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
