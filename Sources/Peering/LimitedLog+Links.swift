import Logging
import Protocol
import Transport

// What is said of links; the peers decide how often.
extension LimitedLog {
    /// A link is `state`: up or down.
    func notes(_ link: Link, _ state: String) {
        write(
            .debug, "link \(state)", by: "\(link.peer)",
            "link with \(link.peer) (\(link.remote)) is \(state)")
    }

    /// This node ends a link, and why.
    func ends(_ link: Link, _ reason: String, _ level: Logger.Level) {
        write(
            level, "link ended", by: "\(link.peer)",
            "ending the link with \(link.peer) (\(link.remote)): \(reason)")
    }

    /// Nobody answers at `endpoint`.
    func hasNoLink(with endpoint: Endpoint, _ error: any Error) {
        write(.debug, "no link", by: "\(endpoint)", "no link with \(endpoint): \(error)")
    }

    /// Another node answers at `endpoint` than it was said to be.
    func isAnothers(_ endpoint: Endpoint, _ account: Address) {
        write(
            .debug, "another's address", by: "\(endpoint)",
            "\(endpoint) is \(account)'s, not whose it was said to be")
    }

    /// Who answers at `endpoint` refuses this node's certificate.
    func isRefused(by endpoint: Endpoint, _ reason: String) {
        write(
            .warning, "refused by peer", by: "\(endpoint)",
            """
            \(endpoint) refuses this node's certificate (\(reason)). Is this node's certificate \
            registered on the ledger, and the member not suspended? Trying again.
            """)
    }
}
