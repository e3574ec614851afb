/// What is wrong with a node on purpose; only debug builds take any of it.
package struct InjectedFaults: Hashable, Sendable {
    /// By how many seconds its clock is ahead of the machine's; negative for behind.
    package var clockOffsetSeconds: Int64 = 0
    /// The misbehaviours that a faulty validator plays, by their names; none for an honest node.
    package var byzantine: [String] = []

    package init() {}
}
