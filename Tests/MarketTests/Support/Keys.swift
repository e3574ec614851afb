import Protocol
import Simulation

/// Keys that are the same in every run, and cost next to nothing.
enum Keys {
    static func key(_ number: UInt8) -> SimulatedKey {
        SimulatedKey(address: Address(bytes: Bytes(repeating: 7, count: 19) + [number]) ?? .zero)
    }
}
