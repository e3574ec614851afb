internal import Glibc

/// Which bug of the museum this process shows. Only the museum's copy of the sources has this file
/// and the lines that ask it.
public enum Museum {
    /// The number in `BUSBAR_MUSEUM`; nil without it.
    private static let number = getenv("BUSBAR_MUSEUM").flatMap { Int(String(cString: $0)) }

    /// Whether the bug `number` is put back.
    public static func shows(_ number: Int) -> Bool { self.number == number }
}
