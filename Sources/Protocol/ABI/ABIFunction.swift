/// A contract's function: its name, what it takes and what it gives.
public struct ABIFunction: Hashable, Sendable {
    /// The function's name.
    public let name: String
    /// What it takes.
    public let inputs: [ABIParameter]
    /// What it gives.
    public let outputs: [ABIParameter]
    /// Whether it only reads.
    public let isView: Bool
    /// The first four bytes of the Keccak-256 of the signature.
    public let selector: Bytes
    private let inputTypes: [ABIType]

    public init(
        _ name: String, _ inputs: [ABIParameter], returns outputs: [ABIParameter] = [],
        isView: Bool = false
    ) {
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
        self.isView = isView
        inputTypes = inputs.map(\.type)
        let signature = Self.signature(name, inputs)
        selector = Array(Keccak256.hash(Array(signature.utf8)).bytes.prefix(4))
    }

    /// The name and the types, as `transfer(address,uint256)`.
    public var signature: String { Self.signature(name, inputs) }

    /// The call data: the selector and `arguments`, which must be of the inputs' types.
    public func call(_ arguments: [ABIValue]) -> Bytes { selector + ABI.encode(arguments) }

    /// Reads a call's arguments; `data` begins with the selector.
    public func arguments(in data: Bytes) throws(MalformedBytes) -> [ABIValue] {
        try ABI.decode(inputTypes, from: data.dropFirst(4))
    }

    /// Reads a call's results.
    public func results(in data: Bytes) throws(MalformedBytes) -> [ABIValue] {
        try ABI.decode(outputs.map(\.type), from: data)
    }

    static func signature(_ name: String, _ inputs: [ABIParameter]) -> String {
        name + ABIType.tuple(inputs).name
    }
}

/// A contract's event.
public struct ABIEvent: Hashable, Sendable {
    /// The event's name.
    public let name: String
    /// Its parameters, at most three of them indexed.
    public let parameters: [ABIParameter]
    /// The first topic: the Keccak-256 of the signature.
    public let topic: Hash32

    public init(_ name: String, _ parameters: [ABIParameter]) {
        self.name = name
        self.parameters = parameters
        topic = Keccak256.hash(Array(ABIFunction.signature(name, parameters).utf8))
    }

    /// The event as `contract` emits it with `values`, one for each parameter; indexed ones are
    /// numbers, addresses or flags.
    public func log(from contract: Address, _ values: [ABIValue]) -> EventLog {
        var topics = [topic]
        topics.reserveCapacity(4)
        var plain: [ABIValue] = []
        plain.reserveCapacity(parameters.count)
        for (parameter, value) in zip(parameters, values) {
            if parameter.isIndexed {
                topics.append(Hash32(digest: ABI.encode([value])))
            } else {
                plain.append(value)
            }
        }
        return EventLog(address: contract, topics: topics, data: ABI.encode(plain))
    }

    /// The values of `log` in the parameters' order; nil if it is another event.
    public func values(in log: EventLog) -> [ABIValue]? {
        let indexed = parameters.filter(\.isIndexed).map(\.type)
        let plain = parameters.filter { !$0.isIndexed }.map(\.type)
        guard log.topics.first == topic, log.topics.count == indexed.count + 1,
            let topics = try? ABI.decode(indexed, from: log.topics.dropFirst().flatMap(\.bytes)),
            let data = try? ABI.decode(plain, from: log.data)
        else { return nil }
        var remainingTopics = topics[...]
        var remainingData = data[...]
        return parameters.compactMap {
            $0.isIndexed ? remainingTopics.popFirst() : remainingData.popFirst()
        }
    }
}
