package import ArgumentParser
import Console
import QRCode

/// Whether an address is shown as a QR code too, for a phone's camera.
package struct CameraCode: ParsableArguments {
    @Flag(
        inversion: .prefixedNo,
        help: "Show the address as a QR code too; if neither is said, on a terminal alone.")
    package var qr: Bool?

    package init() {}

    /// Draws `address`, if that is wanted.
    package func show(_ address: String) {
        guard qr ?? Terminal.isWatched, let code = QRCode(address) else { return }
        Terminal.draw(code.blocks)
        if Self.isOfThisMachine(address) {
            Terminal.say(
                "      (this machine's own address: a phone reaches a node that listens for it, as\n"
                    + "      docs/app.md says)")
        }
    }

    /// Whether no other device gets anywhere by the address.
    static func isOfThisMachine(_ address: String) -> Bool {
        guard let start = address.range(of: "://")?.upperBound else { return false }
        let host = address[start...]
        return ["127.", "localhost", "[::1]", "0.0.0.0", "[::]"].contains { host.hasPrefix($0) }
    }
}
