package import API

/// As much of JSON Schema (2020-12) as the API's description uses.
package struct SchemaCheck {
    /// The whole description, in which references point.
    let document: JSON

    package init(document: JSON) { self.document = document }

    /// Everything that is wrong with `value`, each with its place in it.
    package func faults(in value: JSON, by schema: JSON, at place: String = "$") -> [String] {
        if let reference = schema["$ref"]?.verbatim {
            let parts = reference.split(separator: "/").dropFirst()
            let target = parts.reduce(JSON?.some(document)) { $0?[String($1)] }
            guard let target else { return ["\(place): \(reference) is nowhere"] }
            return faults(in: value, by: target, at: place)
        }
        if let choices = schema["oneOf"]?.elements {
            let results = choices.map { faults(in: value, by: $0, at: place) }
            let fitting = results.count { $0.isEmpty }
            return fitting == 1 ? [] : ["\(place): fits \(fitting) of them"] + results.joined()
        }
        var found: [String] = []
        let types = schema["type"]?.elements ?? schema["type"].map { [$0] } ?? []
        if !types.contains(where: { has(value, type: $0.text?.verbatim ?? "") }) {
            found.append("\(place): is \(value), not \(types)")
        }
        if let texts = schema["enum"]?.elements, !texts.contains(value) {
            found.append("\(place): is \(value), none of \(texts)")
        }
        return found + textFaults(value, schema, place) + memberFaults(value, schema, place)
            + (value.elements ?? []).enumerated().flatMap { index, element in
                schema["items"].map { faults(in: element, by: $0, at: "\(place)[\(index)]") }
                    ?? ["\(place): its items are not described"]
            }
    }

    private func has(_ value: JSON, type: String) -> Bool {
        switch value {
        case .null: type == "null"
        case .bool: type == "boolean"
        case .number: type == "integer" && value.integer != nil
        case .string: type == "string"
        case .array: type == "array"
        case .object: type == "object"
        }
    }

    private func textFaults(_ value: JSON, _ schema: JSON, _ place: String) -> [String] {
        guard let text = value.verbatim else { return [] }
        var expression = schema["pattern"]?.verbatim
        if schema["format"] == "date-time" {
            expression = #"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}(\d{3})?)?Z$"#
        }
        guard let expression else { return [] }
        let fits = (try? Regex(expression).wholeMatch(in: text)) != nil
        return fits ? [] : ["\(place): \(text) does not fit \(expression)"]
    }

    private func memberFaults(_ value: JSON, _ schema: JSON, _ place: String) -> [String] {
        guard case .object(let members) = value else { return [] }
        guard case .object(let described)? = schema["properties"] else { return [] }
        let required = schema["required"]?.elements?.compactMap(\.verbatim) ?? []
        let missing = required.filter { name in !members.contains { $0.name == name } }
        return missing.map { "\(place).\($0): is missing" }
            + members.flatMap { member in
                described.first { $0.name == member.name }.map {
                    faults(in: member.value, by: $0.value, at: "\(place).\(member.name)")
                } ?? ["\(place).\(member.name): is not described"]
            }
    }
}
