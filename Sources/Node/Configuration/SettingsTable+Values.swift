import Peering
import Protocol

extension SettingsTable {
    /// The text for `key`, or nil where nothing says it.
    package func text(_ key: String) throws(ConfigurationError) -> String? {
        guard let (value, source) = try value(key) else { return nil }
        guard case .text(let text) = value else {
            throw error(key, "expected a text, found \(value.kind)", source: source)
        }
        return text
    }

    /// The text for `key`, which must be there and not be empty.
    package func requiredText(_ key: String) throws(ConfigurationError) -> String {
        guard let text = try text(key) else { throw error(key, "is missing") }
        guard !text.isEmpty else { throw error(key, "is empty") }
        return text
    }

    /// The whole number for `key`, which must lie in `range`.
    package func number<Number: FixedWidthInteger & Sendable>(
        _ key: String, in range: ClosedRange<Number>, default standard: Number
    ) throws(ConfigurationError) -> Number {
        guard let (value, source) = try value(key, readText: { Int64($0).map { .number($0) } })
        else { return standard }
        guard case .number(let found) = value else {
            throw error(key, "expected a whole number, found \(value.kind)", source: source)
        }
        guard let number = Number(exactly: found), range.contains(number) else {
            throw error(
                key, "is \(found), but must be from \(range.lowerBound) to \(range.upperBound)",
                source: source)
        }
        return number
    }

    /// The number for `key`, with a fraction or without, which must lie in `range`.
    package func decimal(
        _ key: String, in range: ClosedRange<Double>, default standard: Double
    ) throws(ConfigurationError) -> Double {
        guard let (value, source) = try value(key, readText: { Double($0).map { .decimal($0) } })
        else { return standard }
        let number: Double
        switch value {
        case .decimal(let found): number = found
        case .number(let found): number = Double(found)
        default: throw error(key, "expected a number, found \(value.kind)", source: source)
        }
        guard range.contains(number) else {
            throw error(
                key, "is \(number), but must be from \(range.lowerBound) to \(range.upperBound)",
                source: source)
        }
        return number
    }

    /// True or false for `key`.
    package func flag(_ key: String, default standard: Bool) throws(ConfigurationError) -> Bool {
        guard let (value, source) = try value(key, readText: { Bool($0).map { .flag($0) } })
        else { return standard }
        guard case .flag(let flag) = value else {
            throw error(key, "expected true or false, found \(value.kind)", source: source)
        }
        return flag
    }

    /// The texts for `key`; none where nothing says them. A flag or variable parts them by commas.
    package func texts(_ key: String) throws(ConfigurationError) -> [String] {
        let parts: (String) -> SettingsValue? = { text in
            .list(text.split(separator: ",").map { .text(String($0)) })
        }
        guard let (value, source) = try value(key, readText: parts) else { return [] }
        guard case .list(let elements) = value else {
            throw error(key, "expected a list, found \(value.kind)", source: source)
        }
        var texts: [String] = []
        for element in elements {
            guard case .text(let text) = element else {
                throw error(key, "expected texts, found \(element.kind)", source: source)
            }
            texts.append(text)
        }
        return texts
    }

    /// One of an enumeration's names for `key`.
    package func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, default standard: Choice? = nil
    ) throws(ConfigurationError) -> Choice {
        guard let text = try text(key) else {
            if let standard { return standard }
            throw error(key, "is missing")
        }
        guard let choice = Choice(rawValue: text) else {
            let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw error(key, "is \"\(text)\", but must be one of \(names)")
        }
        return choice
    }

    /// A host and a port for `key`.
    func endpoint(_ key: String) throws(ConfigurationError) -> Endpoint? {
        guard let text = try text(key) else { return nil }
        return try endpoint(text, key)
    }

    /// Hosts and ports for `key`.
    func endpoints(_ key: String) throws(ConfigurationError) -> [Endpoint] {
        var endpoints: [Endpoint] = []
        for text in try texts(key) { endpoints.append(try endpoint(text, key)) }
        return endpoints
    }

    private func endpoint(_ text: String, _ key: String) throws(ConfigurationError) -> Endpoint {
        guard let endpoint = Endpoint(text) else {
            throw error(key, "\"\(text)\" is not host:port")
        }
        return endpoint
    }

    /// An account's address for `key`, which must be there.
    func address(_ key: String) throws(ConfigurationError) -> Address {
        try address(try requiredText(key), key)
    }

    /// Accounts' addresses for `key`.
    func addresses(_ key: String) throws(ConfigurationError) -> [Address] {
        var addresses: [Address] = []
        for text in try texts(key) { addresses.append(try address(text, key)) }
        return addresses
    }

    private func address(_ text: String, _ key: String) throws(ConfigurationError) -> Address {
        guard let address = Address(hexadecimal: text) else {
            throw error(key, "\"\(text)\" is not an address (0x and 40 hexadecimal digits)")
        }
        return address
    }

    /// An amount of tokens for `key`, written as a decimal text so that it stays exact.
    func tokens(
        _ key: String, default standard: TokenAmount
    ) throws(ConfigurationError) -> TokenAmount {
        guard let (value, source) = try value(key) else { return standard }
        switch value {
        case .text(let text):
            guard let amount = TokenAmount(tokens: text) else {
                throw error(
                    key, "\"\(text)\" is not an amount of tokens (\"0.12\", at most 6 decimals)",
                    source: source)
            }
            return amount
        case .number(let number):
            guard let amount = TokenAmount(tokens: String(number)) else { fallthrough }
            return amount
        default:
            throw error(key, "expected an amount as a text, as in \"0.12\"", source: source)
        }
    }
}
