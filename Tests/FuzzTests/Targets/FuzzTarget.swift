/// A decoder of what comes from outside, or a service behind one, as a fuzzer drives it: bytes in, a
/// verdict out, and no trap whatever the bytes are.
package struct FuzzTarget: Sendable {
    /// What became of some bytes.
    package enum Verdict: Hashable, Sendable {
        /// They are not what the decoder reads; the service took nothing of what they ask for.
        case refused
        /// They were read, and what was read is written as it should be; the service kept its
        /// promises.
        case taken
        /// They were read, and what was read is not written as it should be; the service broke a
        /// promise.
        case wrong(String)
    }

    /// What it is called on the command line, and its folder of examples.
    package let name: String
    /// How many inputs the tests try: a service does much with each.
    package let trials: Int
    /// Reads bytes.
    package let read: @Sendable ([UInt8]) async -> Verdict
    /// Reads bytes on the thread that calls it, where nothing has to be waited for.
    package let readAtOnce: (@Sendable ([UInt8]) -> Verdict)?

    /// A decoder under `name`.
    init(_ name: String, trials: Int = 2_000, read: @escaping @Sendable ([UInt8]) -> Verdict) {
        self.name = name
        self.trials = trials
        self.read = { read($0) }
        readAtOnce = read
    }

    /// A service under `name`, which answers in its own time.
    init(service name: String, _ serve: @escaping @Sendable ([UInt8]) async -> Verdict) {
        self.name = name
        trials = Self.serviceTrials
        read = serve
        readAtOnce = nil
    }

    static let serviceTrials = 300

    /// A decoder whose values have one form: what it takes, it writes again byte for byte.
    init(_ name: String, rewrite: @escaping @Sendable ([UInt8]) throws -> [UInt8]) {
        self.init(name) { bytes in
            guard let again = try? rewrite(bytes) else { return .refused }
            return again == bytes ? .taken : .wrong("written otherwise than it was read")
        }
    }

    /// A decoder whose values have several forms: what it takes is written, read and equal.
    init<Value: Equatable & SendableMetatype>(
        _ name: String, decode: @escaping @Sendable ([UInt8]) throws -> Value,
        encode: @escaping @Sendable (Value) -> [UInt8]
    ) {
        self.init(name) { bytes in
            guard let value = try? decode(bytes) else { return .refused }
            guard let again = try? decode(encode(value)) else {
                return .wrong("what was written is not read")
            }
            return again == value ? .taken : .wrong("what was written is read otherwise")
        }
    }

    /// All decoders, and all services.
    package static let all = protocolTargets + textTargets + portTargets + serviceTargets
}
