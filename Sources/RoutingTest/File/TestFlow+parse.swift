import Addressing
import JSON

extension TestFlow {
    private static let fields = [
        "name", "from", "to", "via", "at", "protocol", "family", "connections", "expect", "source", "sticky",
    ]
    private static let wayWords = ServiceWay.allCases.map { ($0.rawValue, $0) }

    init?(_ value: FileValue, _ path: String, index: Int, _ problems: inout Problems) {
        guard let fields = FileFields(value, path, known: Self.fields, problems: &problems) else { return nil }
        self.index = index
        line = value.line
        name = fields.text("name", &problems) ?? ""
        from = fields.texts("from", &problems)
        to = fields.list("to").compactMap { FlowTarget($0.value, $0.path, &problems) }
        via = fields.list("via").compactMap { problems.word($0.value, $0.path, of: Self.wayWords) }
        at = fields.texts("at", &problems)
        transports = fields.list("protocol").compactMap {
            problems.word($0.value, $0.path, of: TestFile.transportWords)
        }
        families = fields.list("family").compactMap { problems.word($0.value, $0.path, of: TestFile.familyWords) }
        isSticky = fields.flag("sticky", default: false, &problems)
        source = fields["source"].flatMap { SourceExpectation($0, fields.path(of: "source"), &problems) }
        connections = nil
        if let value = fields["connections"] {
            if let count = value.json.integer, (1...TestFile.Limit.connections).contains(count) {
                connections = count
            } else {
                problems.add(
                    value,
                    fields.path(of: "connections"),
                    "must be a number from 1 to \(TestFile.Limit.connections)"
                )
            }
        }
        for field in ["from", "to"] where fields[field] == nil {
            let remedy =
                field == "from" ? "name a pod, a node or a client outside" : "write what is dialled, such as web:80"
            problems.add(line: line, fields.path(of: field), "is missing; \(remedy)")
        }
        guard let wanted = fields["expect"] else {
            problems.add(
                line: line,
                fields.path(of: "expect"),
                "is missing; write the pods that answer, such as [web-1, web-2], or refused, dropped or unreachable"
            )
            return nil
        }
        guard let expect = FlowExpectation(wanted, fields.path(of: "expect"), &problems) else { return nil }
        self.expect = expect
        for (field, count) in [("from", from.count), ("to", to.count), ("at", at.count), ("via", via.count)]
        where count > FileFields.listLimit {
            problems.add(
                line: line,
                fields.path(of: field),
                "has \(count) entries; at most \(FileFields.listLimit) fit"
            )
        }
        check(fields, &problems)
    }

    private func check(_ fields: FileFields, _ problems: inout Problems) {
        guard case .endpoints(let endpoints) = expect else {
            for field in ["source", "sticky"] {
                guard let value = fields[field], field == "source" || isSticky else { continue }
                problems.add(value, fields.path(of: field), "nobody answers here who could see it; leave it out")
            }
            return
        }
        guard let connections, let value = fields["connections"] else { return }
        let least = Proportion.leastConnections(weights: endpoints.map(\.weight))
        if !isSticky, connections < least {
            problems.add(
                value,
                fields.path(of: "connections"),
                "too few to tell whether \(endpoints.count) endpoints share them; at least \(least), or leave it out"
            )
        }
    }
}

extension FlowExpectation {
    private static let words: [(String, FlowExpectation)] = [
        ("refused", .refused), ("dropped", .dropped), ("unreachable", .unreachable),
    ]

    init?(_ value: FileValue, _ path: String, _ problems: inout Problems) {
        var endpoints: [WeightedEndpoint] = []
        switch value.content {
        case .object(let members):
            for member in members {
                guard let weight = member.value.json.integer, (1...1000).contains(weight) else {
                    problems.add(
                        member.value,
                        "\(path).\(member.name)",
                        "must be the pod's share as a number from 1 to 1000, such as {web-1: 3, web-2: 1}"
                    )
                    continue
                }
                endpoints.append(WeightedEndpoint(pod: member.name, weight: weight))
            }
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                guard let name = problems.text(element, "\(path)[\(index)]") else { continue }
                endpoints.append(WeightedEndpoint(pod: name, weight: 1))
            }
        default:
            guard let text = problems.text(value, path) else { return nil }
            if let word = Self.words.first(where: { $0.0 == text }) {
                self = word.1
                return
            }
            endpoints.append(WeightedEndpoint(pod: text, weight: 1))
        }
        guard !endpoints.isEmpty else {
            problems.add(value, path, "names nobody; write the pods that answer, or refused or dropped")
            return nil
        }
        if Set(endpoints.map(\.pod)).count != endpoints.count {
            problems.add(value, path, "names a pod twice; write shares as {web-1: 2, web-2: 1}")
        }
        self = .endpoints(endpoints)
    }
}

extension SourceExpectation {
    init?(_ value: FileValue, _ path: String, _ problems: inout Problems) {
        guard let text = problems.text(value, path) else { return nil }
        switch text {
        case "kept": self = .kept
        case "masqueraded": self = .masqueraded
        default:
            guard let address = IPAddress(text) else {
                let hint = Suggestion.text(for: text, among: ["kept", "masqueraded"])
                problems.add(value, path, "\"\(text)\" is neither kept, masqueraded nor an address\(hint)")
                return nil
            }
            self = .address(address)
        }
    }
}

extension FlowTarget {
    init?(_ value: FileValue, _ path: String, _ problems: inout Problems) {
        guard let text = problems.text(value, path) else { return nil }
        guard let target = FlowTarget(text) else {
            problems.add(
                value,
                path,
                "\"\(text)\" is nothing to dial; write NAME:PORT of a Service (NAME.NAMESPACE:PORT), pod/NAME:PORT, "
                    + "node/NAME:PORT, or ADDRESS:PORT ([ADDRESS]:PORT for IPv6)"
            )
            return nil
        }
        self = target
    }

    /// Reads a target as a file writes it; nil for what is none.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let host = text[..<colon]
        let port = String(text[text.index(after: colon)...])
        let number = UInt16(port).flatMap { $0 == 0 ? nil : $0 }
        guard !host.isEmpty, !port.isEmpty else { return nil }
        if host.hasPrefix("["), host.hasSuffix("]") {
            guard let address = IPAddress(host.dropFirst().dropLast()), let number else { return nil }
            self = .address(address, port: number)
        } else if let address = IPAddress(host), address.family == .ipv4 {
            guard let number else { return nil }
            self = .address(address, port: number)
        } else if let slash = host.firstIndex(of: "/") {
            let name = String(host[host.index(after: slash)...])
            guard !name.isEmpty, let number else { return nil }
            switch host[..<slash] {
            case "pod": self = .pod(name: name, port: number)
            case "node": self = .node(name: name, port: number)
            default: return nil
            }
        } else {
            let parts = host.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && !$0.contains(":") }) else { return nil }
            // A number that is no port is no name either.
            if Int(port) != nil, number == nil { return nil }
            self = .service(
                namespace: parts.count == 2 ? String(parts[1]) : "default",
                name: String(parts[0]),
                port: port
            )
        }
    }
}

extension FlowTarget: CustomStringConvertible {
    /// As a file writes it.
    public var description: String {
        switch self {
        case .service("default", let name, let port): "\(name):\(port)"
        case .service(let namespace, let name, let port): "\(name).\(namespace):\(port)"
        case .pod(let name, let port): "pod/\(name):\(port)"
        case .node(let name, let port): "node/\(name):\(port)"
        case .address(let address, let port): address.family == .ipv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
        }
    }
}
