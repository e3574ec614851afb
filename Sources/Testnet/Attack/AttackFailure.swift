import Synchronization

/// Why an attack could not be made, as its thread tells.
final class AttackFailure: Sendable {
    private let kept = Mutex<(any Error)?>(nil)

    var error: (any Error)? { kept.withLock { $0 } }

    func note(_ error: any Error) { kept.withLock { if $0 == nil { $0 = error } } }
}
