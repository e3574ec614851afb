extension FuzzTarget {
    /// What stands behind the decoders: a sequence of well-formed things of any kind, drawn from the
    /// fuzzer's bytes, against a whole service that remembers what came before.
    static let serviceTargets = [
        FuzzTarget(service: "api-service") { await APIScript.verdict(on: $0, .everything) },
        FuzzTarget(service: "household-rest") { await APIScript.verdict(on: $0, .household) },
        FuzzTarget("replica-service", trials: serviceTrials) { bytes in
            NodeScript.verdict(on: bytes, .everything)
        },
        FuzzTarget("aggregator-meters", trials: serviceTrials) { bytes in
            NodeScript.verdict(on: bytes, .metersOfAggregator)
        },
    ]
}

/// What a service did and must not do.
struct BrokenPromise: Error {
    let text: String

    init(_ text: String) {
        self.text = text
    }
}
