package import API

// What the app answers, as the node tells programs in its description of `/api/v1`. A test holds the
// paths to the routers, and the answers to the schemas.
extension AppService {
    package var description: AppDescription {
        var paths = Self.publicPaths
        if settings.certificate != nil { paths += Self.certificatePaths }
        if sessions != nil { paths += Self.sessionPaths }
        if household != nil { paths += Self.householdPaths + Self.orderPaths }
        if aggregator != nil { paths += Self.aggregatorPaths + Self.admissionPaths }
        return AppDescription(paths: paths, schemas: Self.schemas)
    }

    private static let publicPaths: [PathDescription] = [
        PathDescription(
            "GET", "/app", "Whose node this is, and whether it has an app password", for: .anyone,
            ["200": OpenAPI.reference("App")]),
        PathDescription(
            "GET", "/community",
            "The community in figures; null where they are not known, or of fewer than five members",
            for: .anyone, ["200": OpenAPI.reference("Community")], codes: ["503": ["busy"]]),
        PathDescription(
            "GET", "/community/quarters",
            "A day of the community, of today unless one is named, and whose word it is",
            for: .anyone, ["200": OpenAPI.reference("CommunityDay")], query: ["day"],
            codes: ["503": ["busy"]]),
        PathDescription(
            "GET", "/validators",
            "Who votes, and who answers; null where this node cannot tell", for: .anyone,
            ["200": OpenAPI.reference("Validators")], codes: ["503": ["busy"]]),
        PathDescription(
            "GET", "/transactions", "The last transactions of all accounts", for: .anyone,
            ["200": OpenAPI.page(of: OpenAPI.reference("Transaction"))],
            query: ["limit", "cursor"]),
        PathDescription(
            "GET", "/events/log", "The last events of all contracts, decoded", for: .anyone,
            ["200": OpenAPI.page(of: OpenAPI.reference("Event"))],
            query: ["name", "address", "limit", "cursor"]),
    ]

    private static let certificatePaths: [PathDescription] = [
        PathDescription(
            "GET", "/certificate", "What a device has to trust for https", for: .anyone,
            ["200": OpenAPI.reference("Certificate")]),
        PathDescription(
            "GET", "/certificate.pem", "The same as a file", for: .anyone,
            ["200": OpenAPI.text], type: "application/x-x509-ca-cert"),
    ]

    private static let sessionPaths: [PathDescription] = [
        PathDescription(
            "GET", "/session", "Who is signed in; 204 if nobody is", for: .anyone,
            ["200": OpenAPI.reference("Session"), "204": nil]),
        PathDescription(
            "POST", "/session",
            "Signs in by the app's password, and sets a cookie; a form is answered by 303",
            for: .anyone,
            ["204": nil, "303": nil],
            body: OpenAPI.object(
                ["password": OpenAPI.text, "remember": OpenAPI.flag, "name": OpenAPI.text],
                optional: ["remember", "name"]),
            codes: [
                "401": ["wrong-password", "wrong-operator"], "409": ["not-paired"],
                "429": ["paused"], "503": ["busy"],
            ]),
        PathDescription(
            "DELETE", "/session", "Signs out, and clears the browser's cache", for: .anyone,
            ["204": nil]),
        PathDescription(
            "POST", "/pairing",
            "Signs in by a code, and sets a cookie; a code of an owner's may set the password",
            for: .anyone, ["204": nil],
            body: OpenAPI.object(
                ["code": OpenAPI.text, "password": OpenAPI.text, "label": OpenAPI.text],
                optional: ["password", "label"]),
            codes: [
                "401": ["wrong-code"], "403": ["viewer"], "410": ["code-expired"],
                "422": ["password-needed", "password-too-short"],
                "429": ["paused"], "503": ["busy"],
            ]),
        PathDescription(
            "PUT", "/password", "Sets the app's password, and ends all other sessions", for: .owner,
            ["204": nil],
            body: OpenAPI.object(
                ["password": OpenAPI.text, "operator": OpenAPI.text], optional: ["operator"]),
            codes: ["422": ["password-too-short"], "503": ["busy"]]),
        PathDescription(
            "GET", "/devices", "The sessions, and when each ends", for: .owner,
            ["200": OpenAPI.page(of: OpenAPI.reference("Device"))]),
        PathDescription(
            "DELETE", "/devices/{id}", "Ends a session", for: .owner, ["204": nil]),
        PathDescription(
            "POST", "/invitations",
            "A code for another device: for a day, or for ten minutes with pairing", for: .owner,
            ["201": OpenAPI.reference("Invitation")],
            body: OpenAPI.object(
                [
                    "role": OpenAPI.oneOf("owner", "viewer"), "label": OpenAPI.text,
                    "pairing": OpenAPI.flag, "operator": OpenAPI.text,
                ], optional: ["role", "label", "pairing", "operator"])),
    ]
}
