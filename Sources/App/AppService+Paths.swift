import API
import Protocol

// How deep paths go.
extension AppService {
    /// How many parts a path may have that the app answers by its first one. What goes on by itself
    /// (`household`, `aggregator`, the community) looks at all of its path.
    private static let depths: [UntrustedText: Int] = [
        "app": 1, "certificate": 1, "certificate.pem": 1, "session": 1, "pairing": 1, "password": 1,
        "devices": 2, "invitations": 1, "registrations": 1, "led": 1,
    ]
    /// The same below `aggregator`, where operators have a router of their own.
    private static let operatorDepth = 3

    /// Throws where nothing can be at `target`, below `/api/v1`: a path is answered at its own place, and
    /// not whatever it is followed by.
    static func checkDepth(of target: RequestTarget) throws(Problem) {
        let path = target.segments.dropFirst(2)
        guard let first = path.first else { return }
        let depth = path.starts(with: ["aggregator", "operators"]) ? operatorDepth : depths[first]
        guard depth.map({ path.count <= $0 }) ?? true else {
            throw .notFound("nothing is at \(target.path)")
        }
    }
}
