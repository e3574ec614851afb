public import ArgumentParser
import Console
import Peering
public import Protocol

extension Address: ExpressibleByArgument {
    /// Reads an address of an argument: 40 hexadecimal digits after `0x`.
    public init?(argument: String) {
        guard argument.hasPrefix("0x") else { return nil }
        self.init(hexadecimal: argument)
    }
}

extension Hash32: ExpressibleByArgument {
    /// Reads a hash of an argument: 64 hexadecimal digits, with or without `0x`.
    public init?(argument: String) { self.init(hexadecimal: argument) }
}

extension Endpoint: ExpressibleByArgument {
    /// Reads `host:port`.
    public init?(argument: String) { self.init(argument) }
}

/// The roles that an aggregator registers.
enum MemberRoleOption: String, CaseIterable, ExpressibleByArgument {
    case consumer, prosumer, observer

    var role: MemberRole {
        switch self {
        case .consumer: .consumer
        case .prosumer: .prosumer
        case .observer: .observer
        }
    }

    /// Whether it has a meter, and a grid connection that its trades must fit.
    var isHousehold: Bool { self != .observer }
}

extension TokenAmount {
    init(argument: String) throws {
        guard let amount = TokenAmount(tokens: argument) else {
            throw CommandFailure(.failed, "\(argument) is no amount of tokens")
        }
        self = amount
    }
}
