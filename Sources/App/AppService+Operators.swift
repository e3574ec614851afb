import API
import Protocol
import Storage
import Transport

// Who runs an aggregator: each by a name and a password of its own.
extension AppService {
    /// What the list of actions calls who has the node's token.
    static let program = "program"

    /// The operator's name that `body` says; nil if it says none.
    static func operatorName(in body: JSON) throws(Problem) -> String? {
        guard let text = body["operator"]?.text?.verbatim else { return nil }
        guard 1...40 ~= text.count, text.utf8.count <= 160, UntrustedText(text).isPlain,
            !text.hasPrefix(" "), !text.hasSuffix(" "), text.lowercased() != program
        else {
            throw .badRequest(
                "operator is a name of 1 to 40 letters, with no control characters nor spaces around it, and not \"\(program)\""
            )
        }
        return text
    }

    /// The answer below `/api/v1/aggregator/operators`, to the operator called `own` or to a program.
    func operators(
        _ request: Request, _ path: [UntrustedText], _ aggregator: AggregatorService,
        by own: String,
        _ door: AppDoor
    ) async throws -> Reply {
        switch (request.method, path.count) {
        case ("GET", 0):
            let items = try await desk().people().map { one, devices -> JSON in
                [
                    "name": .string(one.name), "madeAt": .time(one.madeAt),
                    "devices": .number(devices.count),
                    "seenAt": devices.map(\.seenAt).max().map { .time($0) } ?? .null,
                    "isThis": .bool(one.name == own),
                ]
            }
            return .json(["items": .array(items), "next": .null])
        case ("POST", 0):
            guard let name = try Self.operatorName(in: try await JSON.object(in: request)) else {
                throw Problem.badRequest("operator is a name of 1 to 40 letters")
            }
            // Who could have a colleague's password set anew could act in the colleague's name.
            guard try await desk().known(operator: name) == nil else {
                throw Problem.conflict("\(name) is an operator already", code: "operator-exists")
            }
            let (code, end) = try await desk().invite(
                isOwner: true, label: "", operatorName: name, at: parts.now())
            try await aggregator.note("admitted", name, by: own)
            return invitation(code, until: end, role: "operator", label: name, request, door)
        case ("DELETE", 1):
            let name = try await desk().known(operator: path[0].verbatim)
            try await desk().remove(operator: path[0].verbatim)
            try await aggregator.note("removed", name ?? "", by: own)
            return Reply(status: 204)
        default: throw Problem.wrongMethod("GET, POST or DELETE")
        }
    }
}

extension AggregatorService {
    /// Writes down what an operator did about somebody who is no member.
    func note(_ what: String, _ subject: String, by name: String) async throws {
        _ = try await books.add(
            OperatorAction(
                at: parts.now(), name: name, what: what, subject: subject, outcome: .done))
    }
}
