/// What one method of one path below `/api/v1` does, as programs are told (OpenAPI).
package struct PathDescription: Sendable {
    /// Who may.
    package enum Audience: String, Sendable {
        case anyone
        /// Anyone who is signed in.
        case visitor
        case owner
        case `operator`
    }

    /// In capitals.
    package let method: String
    /// With the names of its variable parts in braces.
    package let path: String
    let operation: JSON

    /// Describes `method` at `path`: what it answers by status (of `type`), what it takes, and the codes
    /// of the problems that it may answer, by status. Signed out and not allowed go without saying.
    package init(
        _ method: String, _ path: String, _ summary: String, for audience: Audience,
        _ answers: KeyValuePairs<String, JSON>, type: String = "application/json",
        query: [String] = [], headers: [String] = [], body: JSON? = nil,
        codes: KeyValuePairs<String, [String]> = [:]
    ) {
        self.method = method
        self.path = path
        var operation = OpenAPI.operation(
            summary, answers, path, query, headers: headers, type: type,
            problems: Self.problems(codes, audience, method))
        if let body {
            operation = operation.adding([
                "requestBody": [
                    "required": true, "content": ["application/json": ["schema": body]],
                ]
            ])
        }
        let security: JSON = audience == .anyone ? [] : [["session": []], ["token": []]]
        self.operation = operation.adding([
            "security": security, "x-who": .string(audience.rawValue),
        ])
    }

    private static func problems(
        _ codes: KeyValuePairs<String, [String]>, _ audience: Audience, _ method: String
    ) -> [(status: String, codes: [String])] {
        var problems = codes.map { (status: $0.key, codes: $0.value) }
        func add(_ code: String, _ status: String) {
            if let index = problems.firstIndex(where: { $0.status == status }) {
                problems[index].codes.append(code)
            } else {
                problems.append((status, [code]))
            }
        }
        if audience != .anyone { add("signed-out", "401") }
        if audience == .owner || audience == .operator { add("viewer", "403") }
        return problems
    }
}

/// What a node answers below `/api/v1` beside REST's own.
package struct AppDescription: Sendable {
    package var paths: [PathDescription]
    /// What the answers consist of: an object of schemas by name.
    package var schemas: JSON

    package init(paths: [PathDescription], schemas: JSON) {
        self.paths = paths
        self.schemas = schemas
    }
}
