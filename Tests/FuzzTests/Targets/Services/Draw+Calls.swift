import Ledger
import Protocol

extension Draw {
    /// Call data of any contract's function, with arguments of its types; sometimes not quite.
    mutating func call(
        addresses: [Address], receipts: [SignedMeterReceipt]
    ) -> (target: Address, data: Bytes) {
        guard let contract = pick(ContractABI.all), let function = pick(contract.functions) else {
            return (.zero, [])
        }
        if function.name == "PoD", let sold = pick(receipts), let bought = pick(receipts) {
            let id = OfferID(UInt32(1 + below(3)))
            return (
                contract.address, MarketCall.proofOfDelivery(id, seller: sold, buyer: bought)
            )
        }
        if ["confirmP2L_Tx", "handInReceipt"].contains(function.name), let signed = pick(receipts) {
            let id = OfferID(UInt32(1 + below(3)))
            return (
                contract.address,
                function.name == "handInReceipt"
                    ? MarketCall.handInReceipt(id, signed)
                    : MarketCall.confirmP2L(id, start: signed)
            )
        }
        var data = function.call(function.inputs.map { value(of: $0.type, addresses) })
        switch below(24) {
        case 22: data.removeLast(below(data.count))
        case 23: data += bytes(atMost: 64)
        default: break
        }
        return (oneIn(64) ? pick(addresses) ?? .zero : contract.address, data)
    }

    private mutating func value(of type: ABIType, _ addresses: [Address]) -> ABIValue {
        switch type {
        case .uint:
            return .uint(
                oneIn(12) ? UInt256(bigEndian: bytes(atMost: 32)) ?? .zero : UInt256(number()))
        case .address: return .address(pick(addresses) ?? .zero)
        case .bool: return .bool(below(2) == 1)
        case .fixedBytes(let count): return .fixedBytes(Bytes(repeating: byte(), count: count))
        case .bytes: return .bytes(bytes(atMost: 64))
        case .string: return .string(text())
        case .array(let element):
            var values: [ABIValue] = []
            for _ in 0..<below(4) { values.append(value(of: element, addresses)) }
            return .array(values)
        case .tuple(let components):
            var values: [ABIValue] = []
            for component in components { values.append(value(of: component.type, addresses)) }
            return .tuple(values)
        }
    }
}
