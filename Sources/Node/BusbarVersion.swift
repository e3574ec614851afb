/// The program's version.
public enum BusbarVersion {
    /// As in the changelog.
    public static let text = "0.1.0"
}
