package import Peering
package import Protocol

/// A kind of values: how one is read, and how it is written.
package struct SettingKind<Value> {
    /// What a flag's or an environment variable's text would be in a file; nil if it cannot be read.
    let parse: (String) -> SettingsValue?
    /// The value; throws what is wrong with it. Its own table resolves paths.
    let read: (SettingsValue, SettingsTable) throws(SettingProblem) -> Value
    /// The value as a file has it; nil if it is left out.
    let write: (Value) -> String?
}

/// What is wrong with a value, as it is said after the key.
struct SettingProblem: Error {
    let text: String
}

extension SettingKind {
    /// Values that stand in a file as `content` finds them, where nothing else is `expected`.
    private init(
        expected: String, parse: @escaping (String) -> SettingsValue?,
        _ content: @escaping (SettingsValue) -> Value?, write: @escaping (Value) -> String?,
        problem: @escaping (Value) -> String? = { _ in nil }
    ) {
        self.parse = parse
        self.write = write
        read = { found, _ throws(SettingProblem) in
            guard let value = content(found) else {
                throw SettingProblem(text: "expected \(expected), found \(found.kind)")
            }
            if let problem = problem(value) { throw SettingProblem(text: problem) }
            return value
        }
    }

    /// Values that stand in a file as `kind`; `make` gives nil where there is the `problem`.
    private init<Other>(
        _ kind: SettingKind<Other>, _ make: @escaping (Other) -> Value?,
        _ unmake: @escaping (Value) -> Other, problem: @escaping (Other) -> String
    ) {
        parse = kind.parse
        write = { kind.write(unmake($0)) }
        read = { found, table throws(SettingProblem) in
            let other = try kind.read(found, table)
            guard let value = make(other) else { throw SettingProblem(text: problem(other)) }
            return value
        }
    }

    /// The same values, of which `omitted` is not written.
    func omitting(_ omitted: Value) -> Self where Value: Equatable {
        Self(parse: parse, read: read, write: { $0 == omitted ? nil : write($0) })
    }

    /// Values of a kind, or none.
    static func optional<Content>(_ kind: SettingKind<Content>) -> Self where Value == Content? {
        Self(
            parse: kind.parse,
            read: { found, table throws(SettingProblem) in try kind.read(found, table) },
            write: { $0.flatMap(kind.write) })
    }

    /// Any number of values of one kind; a flag or variable parts them by commas.
    package static func list<Element>(
        of kind: SettingKind<Element>
    ) -> Self where Value == [Element] {
        Self(
            parse: { text in
                .list(text.split(separator: ",").compactMap { kind.parse(String($0)) })
            },
            read: { found, table throws(SettingProblem) in
                guard case .list(let elements) = found else {
                    throw SettingProblem(text: "expected a list, found \(found.kind)")
                }
                var values: [Element] = []
                for element in elements { values.append(try kind.read(element, table)) }
                return values
            },
            write: { "[" + $0.compactMap(kind.write).joined(separator: ", ") + "]" })
    }
}

extension SettingKind<String> {
    /// A text that is not empty.
    package static var text: Self {
        Self(
            expected: "a text", parse: { .text($0) },
            { if case .text(let text) = $0 { text } else { nil } }, write: SettingsText.quoted,
            problem: { $0.isEmpty ? "is empty" : nil })
    }

    /// The path of a file, which is meant from the settings' own directory.
    package static var file: Self {
        Self(
            parse: text.parse,
            read: { found, table throws(SettingProblem) in
                table.resolve(try text.read(found, table))
            },
            write: text.write)
    }
}

extension SettingKind<Bool> {
    /// True or false.
    package static var flag: Self {
        Self(
            expected: "true or false", parse: { Bool($0).map { .flag($0) } },
            { if case .flag(let flag) = $0 { flag } else { nil } },
            write: \.description)
    }
}

extension SettingKind where Value: FixedWidthInteger {
    /// A whole number in `range`.
    package static func number(in range: ClosedRange<Value>) -> Self {
        let whole = SettingKind<Int64>(
            expected: "a whole number", parse: { Int64($0).map { .number($0) } },
            { if case .number(let number) = $0 { number } else { nil } },
            write: \.description)
        return Self(
            whole, { Value(exactly: $0).flatMap { range.contains($0) ? $0 : nil } },
            { Int64(clamping: $0) },
            problem: {
                "is \($0), but must be from \(range.lowerBound) to \(range.upperBound)"
            })
    }
}

extension SettingKind<Double> {
    /// A number in `range`, with a fraction or without.
    package static func decimal(in range: ClosedRange<Double>) -> Self {
        Self(
            expected: "a number", parse: { Double($0).map { .decimal($0) } },
            { found in
                switch found {
                case .decimal(let number): number
                case .number(let number): Double(number)
                default: nil
                }
            },
            write: \.description,
            problem: {
                range.contains($0)
                    ? nil : "is \($0), but must be from \(range.lowerBound) to \(range.upperBound)"
            })
    }
}

extension SettingKind where Value: RawRepresentable<String> & CaseIterable {
    /// One of an enumeration's names.
    package static var choice: Self {
        Self(.text, { Value(rawValue: $0) }, \.rawValue) {
            let names = Value.allCases.map(\.rawValue).joined(separator: ", ")
            return "is \"\($0)\", but must be one of \(names)"
        }
    }
}

extension SettingKind<Endpoint> {
    /// A host and a port.
    package static var endpoint: SettingKind<Endpoint> {
        Self(.text, { Endpoint($0) }, \.description) { "\"\($0)\" is not host:port" }
    }
}

extension SettingKind<Address> {
    /// An account's address.
    package static var address: SettingKind<Address> {
        Self(.text, { Address(hexadecimal: $0) }, \.checksummed) {
            "\"\($0)\" is not an address (0x and 40 hexadecimal digits)"
        }
    }
}

extension SettingKind<TokenAmount> {
    /// An amount of tokens, written as a decimal text so that it stays exact.
    package static var tokens: SettingKind<TokenAmount> {
        Self(
            parse: { .text($0) },
            read: { found, _ throws(SettingProblem) in
                let text: String
                switch found {
                case .text(let content): text = content
                case .number(let number): text = String(number)
                default:
                    throw SettingProblem(text: "expected an amount as a text, as in \"0.12\"")
                }
                if let amount = TokenAmount(tokens: text) { return amount }
                throw SettingProblem(
                    text: "\"\(text)\" is not an amount of tokens (\"0.12\", at most 6 decimals)")
            },
            write: { SettingsText.quoted($0.tokensText) })
    }
}

extension SettingKind<WattHours> {
    /// Whole watt-hours in `range`.
    package static func energy(in range: ClosedRange<UInt64>) -> SettingKind<WattHours> {
        Self(.number(in: range), { WattHours($0) }, \.value) { _ in "" }
    }
}
