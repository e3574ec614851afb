import Protocol

/// From where a replica looks at its peers: when, from which height, and who decides on the next.
struct Standpoint {
    let now: Timestamp
    let height: UInt64
    let validators: ValidatorSet
}
