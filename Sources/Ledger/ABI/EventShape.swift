import Protocol

/// One of a contract's events: its ABI, and the case of `Event` that its values make.
struct EventShape<Event>: Sendable {
    let definition: ABIEvent
    private let contract: Address
    private let make: @Sendable ([ABIValue]) -> Event?

    /// An event of `contract` whose parameters are the values of the case `make`, in order.
    init<each Field: ABIField>(
        _ contract: Address, _ name: String, _ parameters: [ABIParameter],
        _ make: @escaping @Sendable (repeat each Field) -> Event
    ) {
        definition = ABIEvent(name, parameters)
        self.contract = contract
        self.make = { values in
            var rest = values[...]
            do throws(MalformedBytes) {
                return make(repeat try (each Field).read(&rest))
            } catch {
                return nil
            }
        }
    }

    /// The event with `fields` as the contract emits it.
    func log<each Field: ABIField>(_ fields: repeat each Field) -> EventLog {
        var values: [ABIValue] = []
        for field in repeat each fields { values.append(field.abi) }
        return definition.log(from: contract, values)
    }

    /// Reads `log` as one of `shapes`; nil if it is none of them.
    static func read(_ log: EventLog, as shapes: [EventShape]) -> Event? {
        guard let topic = log.topics.first,
            let shape = shapes.first(where: {
                $0.contract == log.address && $0.definition.topic == topic
            })
        else { return nil }
        return shape.definition.values(in: log).flatMap(shape.make)
    }
}

/// A value of an event's parameter.
protocol ABIField: SendableMetatype {
    var abi: ABIValue { get }
    /// The field that `abi` is, or nil.
    static func from(_ abi: ABIValue) -> Self?
}

extension ABIField {
    fileprivate static func read(_ rest: inout ArraySlice<ABIValue>) throws(MalformedBytes) -> Self
    {
        guard let field = rest.popFirst().flatMap(Self.from) else {
            throw MalformedBytes("event: a parameter is of another type")
        }
        return field
    }
}

extension ABIField where Self: Quantity {
    var abi: ABIValue { .number(number) }
    static func from(_ abi: ABIValue) -> Self? {
        abi.number(as: Number.self).map { Self(number: $0) }
    }
}

extension OfferID: ABIField {}
extension WattHours: ABIField {}
extension Watts: ABIField {}
extension TokenAmount: ABIField {}
extension MarketTime: ABIField {}

extension UInt32: ABIField {
    var abi: ABIValue { .number(self) }
    static func from(_ abi: ABIValue) -> UInt32? { abi.number() }
}

extension UInt256: ABIField {
    var abi: ABIValue { .uint(self) }
    static func from(_ abi: ABIValue) -> UInt256? {
        if case .uint(let value) = abi { value } else { nil }
    }
}

extension MemberRole: ABIField {
    var abi: ABIValue { .number(rawValue) }
    static func from(_ abi: ABIValue) -> MemberRole? {
        abi.number().flatMap(MemberRole.init(rawValue:))
    }
}

extension Address: ABIField {
    var abi: ABIValue { .address(self) }
    static func from(_ abi: ABIValue) -> Address? { abi.address }
}

extension Hash32: ABIField {
    var abi: ABIValue { .fixedBytes(bytes) }
    static func from(_ abi: ABIValue) -> Hash32? { abi.bytes.flatMap { Hash32(bytes: $0) } }
}

extension UntrustedText: ABIField {
    var abi: ABIValue { .string(verbatim) }
    static func from(_ abi: ABIValue) -> UntrustedText? { abi.text }
}
