import NIOCore
import NIOHTTP1

@testable import Transport

/// Stands where an HTTP/1.1 connection stands, behind the gate and llhttp, and answers each request
/// at once.
final class RequestReader: ChannelInboundHandler, HTTP1GateOwner {
    typealias InboundIn = HTTPServerRequestPart

    static let headerLimit = 1_024

    let gate = HTTP1Gate(headerLimit: headerLimit)
    private var lines: [String] = []
    private var body: [UInt8] = []
    private var refusal: Int?
    private var isOver = false

    /// A line for each header, each body and a refusal.
    var read: [String] {
        lines + ["\(body)"] + (refusal.map { ["refused \($0)"] } ?? [])
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard refusal == nil else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            do throws(HTTP1Failure) {
                let head = try HTTP1Head(head)
                gate.headEnded(head.length)
                isOver = !head.keepsAlive
                lines.append("\(head.request) \(head.keepsAlive) \(head.expectsContinue)")
            } catch {
                refuse(error)
            }
        case .body(let bytes):
            gate.bodyArrived()
            body += bytes.readableBytesView
        case .end:
            gate.requestEnded()
            lines.append("\(body)")
            body = []
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? HTTPParserError { refuse(HTTP1Failure(error)) }
    }

    func bytesArrived() {
        do throws(HTTP1Failure) {
            while refusal == nil {
                if gate.isComplete {
                    guard !isOver else { return }
                    gate.startNext()
                }
                guard try gate.passNext() else { return }
            }
        } catch {
            refuse(error)
        }
    }

    func inputEnded() {}

    private func refuse(_ failure: HTTP1Failure) {
        refusal = refusal ?? failure.status
    }
}
