/// What a boundary test has tried: in how many places, how many values, and how often that was
/// refused.
package struct BoundaryCount {
    /// The places where a value can stand.
    package var parameters = 0
    /// How many values each of them was given at most.
    package var values = 0
    /// How often something was tried.
    package var tried = 0
    /// How often it was refused, for a reason.
    package var refused = 0
    /// What was refused without one.
    package private(set) var unexplained: [String] = []

    package init() {}

    /// Notes a refusal of `what` for `reason`.
    package mutating func refuse(_ what: @autoclosure () -> String, _ reason: String?) {
        refused += 1
        if reason?.isEmpty != false { unexplained.append(what()) }
    }

    /// Says it in a line of the tests' output.
    package func report(_ place: String) {
        print(
            "boundary: \(place): \(parameters) parameters, up to \(values) values each, "
                + "\(tried) tried, \(refused) refused, \(unexplained.count) without a reason")
    }
}
