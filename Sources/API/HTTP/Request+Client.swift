internal import Glibc
internal import Transport

extension Request {
    /// By what a client's shares are known: its address, of IPv6 the /64 that one line has.
    var clientName: String {
        var address = in6_addr()
        guard remoteAddress.contains(":"), inet_pton(AF_INET6, remoteAddress, &address) == 1 else {
            return remoteAddress
        }
        let bytes = withUnsafeBytes(of: address) { Array($0) }
        // An IPv4 address in IPv6's form is one address, not one of a line's many.
        guard bytes.prefix(10).contains(where: { $0 != 0 }) else { return remoteAddress }
        return bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ":")
    }
}
