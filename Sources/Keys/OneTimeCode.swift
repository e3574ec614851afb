import Protocol

/// A code that people read from one screen and type at another: without letters that are taken for
/// digits, in groups of four.
package enum OneTimeCode {
    /// Crockford's base 32: no letter is taken for a digit.
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

    /// A new one of so many signs, five bits each.
    package static func random(signs: Int) -> String {
        String(Bytes.random(count: signs).map { alphabet[Int($0) % 32] })
    }

    /// The code that was meant: people write o for 0 and l for 1, in small letters and in groups.
    package static func plain(_ text: String) -> String {
        String(
            text.uppercased().compactMap { sign -> Character? in
                switch sign {
                case "-", " ": nil
                case "O": "0"
                case "I", "L": "1"
                default: sign
                }
            })
    }

    /// The code in groups of four, as people read it.
    package static func spaced(_ code: String) -> String {
        stride(from: 0, to: code.count, by: 4).map { start in
            String(code.dropFirst(start).prefix(4))
        }.joined(separator: "-")
    }
}
