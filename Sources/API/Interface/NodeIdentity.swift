package import Protocol

/// Who a node is, which does not change while it runs.
package struct NodeIdentity: Hashable, Sendable {
    /// The node's name.
    package let name: String
    /// Its role.
    package let role: String
    /// Its account.
    package let account: Address
    /// The program and its version.
    package let version: String

    package init(name: String, role: String, account: Address, version: String) {
        self.name = name
        self.role = role
        self.account = account
        self.version = version
    }
}
