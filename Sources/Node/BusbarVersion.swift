/// The program's version.
package enum BusbarVersion {
    /// As in the changelog.
    package static let text = "0.1.0"
}
