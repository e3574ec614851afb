internal import Glibc

extension Request {
    /// By what a client's shares are known: its address, of IPv6 the /64 that one line has.
    package var clientName: String {
        Transport.clientName(of: remoteAddress)
    }
}

/// By what the shares of a client at `address` are known: the address, of IPv6 the /64 that one line
/// has.
func clientName(of address: String) -> String {
    var parsed = in6_addr()
    guard address.contains(":"), inet_pton(AF_INET6, address, &parsed) == 1 else { return address }
    let bytes = withUnsafeBytes(of: parsed) { Array($0) }
    // An IPv4 address in IPv6's form is one address, not one of a line's many.
    guard bytes.prefix(10).contains(where: { $0 != 0 }) else { return address }
    return bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ":")
}
