/// Why a certificate or its key could not be made or read.
package enum CertificateError: Error, Hashable, Sendable {
    /// A name that no certificate can carry.
    case name(String)
    /// The text holds no certificate, or no private key, in PEM.
    case unreadable(what: String)
    /// The private key is not the certificate's.
    case foreignKey
    /// OpenSSL refused; with the step that failed.
    case library(step: String)
}

extension CertificateError: CustomStringConvertible {
    /// One line for a person.
    package var description: String {
        switch self {
        case .name(let name): "a certificate cannot carry the name \"\(name)\""
        case .unreadable(let what): "there is no \(what) in the PEM text"
        case .foreignKey: "the private key does not belong to the certificate"
        case .library(let step): "OpenSSL could not \(step)"
        }
    }
}
