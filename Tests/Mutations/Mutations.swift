internal import Glibc

/// Which bug of the mutation tests this process shows. Only their copy of the sources has this file
/// and the lines that ask it.
package enum Mutations {
    /// The number in `BUSBAR_MUTATION`; nil without it.
    private static let number = getenv("BUSBAR_MUTATION").flatMap { Int(String(cString: $0)) }

    /// Whether the bug `number` is put back.
    package static func shows(_ number: Int) -> Bool { self.number == number }
}
