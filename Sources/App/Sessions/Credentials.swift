import API
import HTTPTypes
import Protocol
import Transport

/// What a request shows of who sends it.
struct Credentials {
    /// The token of a program, which its directory holds.
    var token: Bytes?
    /// The token in a browser's cookie.
    var cookie: Bytes?
}

/// The cookie of one household's app. Cookies know no ports, so the account's first digits keep the
/// households of one machine apart.
struct SessionCookie {
    private let name: String

    init(account: Address) { name = "busbar-" + account.description.dropFirst(2).prefix(8) }

    private func name(_ door: AppDoor) -> String { door.isSecure ? "__Host-" + name : name }

    /// The field that sets it to `token`: for a year, or until the browser is closed.
    func setting(_ token: Bytes, isRemembered: Bool, at door: AppDoor) -> String {
        field(Hexadecimal.encode(token), isRemembered ? "; Max-Age=31536000" : "", door)
    }

    /// The field that takes it away.
    func removing(at door: AppDoor) -> String { field("", "; Max-Age=0", door) }

    private func field(_ value: String, _ age: String, _ door: AppDoor) -> String {
        let secure = door.isSecure ? "; Secure" : ""
        return "\(name(door))=\(value); Path=/; HttpOnly; SameSite=Strict\(secure)\(age)"
    }

    /// What `request` shows, wherever it came in.
    func credentials(in request: Request) -> Credentials {
        var credentials = Credentials()
        if let field = request.headers[.authorization], field.hasPrefix("Bearer ") {
            credentials.token = Hexadecimal.decode(String(field.dropFirst(7)))
        }
        for field in request.headers[values: .cookie] {
            for pair in field.split(separator: ";") {
                let sides = pair.split(separator: "=", maxSplits: 1)
                guard sides.count == 2 else { continue }
                let key = sides[0].drop { $0 == " " }
                if key == name || key == "__Host-" + name {
                    credentials.cookie = Hexadecimal.decode(String(sides[1]))
                }
            }
        }
        return credentials
    }
}
