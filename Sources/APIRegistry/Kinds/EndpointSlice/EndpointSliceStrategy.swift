import Addressing
import JSON
import KubernetesAPI

/// EndpointSlices: addresses of one type, for good, and bounds on how many.
struct EndpointSliceStrategy: ObjectStrategy {
    private static let limits = (endpoints: 1_000, addresses: 100, ports: 20_000, hints: 8)
    private static let addressTypes = ["FQDN", "IPv4", "IPv6"]

    var hasGeneration: Bool { true }

    func setDefaults(_ object: inout JSONValue, old: JSONValue?) {
        object.removeNulls()
        // As upstream's JSON has them.
        object.fillIn("endpoints", .null)
        object.fillIn("ports", .null)
        object.mutateElements(of: "endpoints") { $0.fillIn("conditions", [:]) }
        object.mutateElements(of: "ports") { port in
            port.fillIn("name", "")
            port.fillInText("protocol", "TCP")
        }
    }

    func prepareForCreate(_ object: inout JSONValue) {}

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: Subresource?) {}

    func changesGeneration(_ object: JSONValue, old: JSONValue) -> Bool {
        ["addressType", "endpoints", "ports"].contains { object[$0] ?? .null != old[$0] ?? .null }
            || object["metadata"]?["labels"] != old["metadata"]?["labels"]
    }

    func validate(_ object: JSONValue) -> [FieldError] {
        var validator = FieldValidator()
        let slice = ObjectView(object)
        validator.choice("addressType", slice.addressType, Self.addressTypes)
        validateEndpoints(slice, &validator)
        validatePorts(slice.ports, &validator)
        return validator.errors
    }

    private func validateEndpoints(_ slice: ObjectView, _ validator: inout FieldValidator) {
        let endpoints = slice.endpoints.elements
        guard endpoints.count <= Self.limits.endpoints else {
            return validator.tooMany("endpoints", count: endpoints.count, limit: Self.limits.endpoints)
        }
        let type = slice.addressType.text
        for (index, endpoint) in endpoints.enumerated() {
            let field = FieldPath([.field("endpoints"), .index(index)])
            validateAddresses(endpoint.addresses, type, field.field("addresses"), &validator)
            validator.optionalText(field.field("nodeName"), endpoint.nodeName, TextRules.subdomain)
            validator.labels(field.field("deprecatedTopology"), endpoint.deprecatedTopology)
            validator.optionalText(field.field("hostname"), endpoint.hostname, TextRules.label)
            for name in ["forZones", "forNodes"] where endpoint.hints[name].isPresent {
                validateHints(endpoint.hints[name], field.field("hints").field(name), &validator)
            }
        }
    }

    private func validateAddresses(
        _ addresses: ObjectView,
        _ type: String,
        _ field: FieldPath,
        _ validator: inout FieldValidator
    ) {
        let texts = addresses.texts
        if texts.isEmpty {
            validator.required(field, "must contain at least 1 address")
        } else if texts.count > Self.limits.addresses {
            validator.tooMany(field, count: texts.count, limit: Self.limits.addresses)
        }
        for (index, text) in texts.enumerated() {
            switch type {
            case "IPv4": validator.hostAddress(field[index], text, family: .ipv4)
            case "IPv6": validator.hostAddress(field[index], text, family: .ipv6)
            case "FQDN": validator.invalid(field[index], .string(text), TextRules.qualifiedHostName(text))
            default: break
            }
        }
    }

    private func validateHints(_ hints: ObjectView, _ field: FieldPath, _ validator: inout FieldValidator) {
        guard hints.count <= Self.limits.hints else {
            return validator.tooMany(field, count: hints.count, limit: Self.limits.hints)
        }
        var names: Set<String> = []
        for (index, hint) in hints.elements.enumerated() {
            let (name, field) = (hint.name.text, field[index].field("name"))
            if !names.insert(name).inserted { validator.duplicate(field, .string(name)) }
            validator.invalid(field, .string(name), TextRules.labelValue(name))
        }
    }

    private func validatePorts(_ ports: ObjectView, _ validator: inout FieldValidator) {
        guard ports.count <= Self.limits.ports else {
            return validator.tooMany("ports", count: ports.count, limit: Self.limits.ports)
        }
        var names: Set<String> = []
        for (index, port) in ports.elements.enumerated() {
            let field = FieldPath([.field("ports"), .index(index)])
            validator.optionalText(field.field("name"), port.name, TextRules.label)
            if !names.insert(port.name.text).inserted {
                validator.duplicate(field.field("name"), .string(port.name.text))
            }
            validator.transportProtocol(field.field("protocol"), port.protocol)
            validator.optionalText(field.field("appProtocol"), port.appProtocol, TextRules.qualifiedName)
        }
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue, subresource: Subresource?) -> [FieldError] {
        var validator = FieldValidator()
        validator.immutable("addressType", ObjectView(object).addressType, ObjectView(old).addressType)
        return validator.errors
    }
}

/// A few of many, as tables show them: `a,b,c + 4 more...`.
struct ShortList {
    private static let limit = 3
    private var shown: [String] = []
    private var count = 0

    /// Adds one.
    mutating func append(_ text: @autoclosure () -> String) {
        if shown.count < Self.limit { shown.append(text()) }
        count += 1
    }

    /// The first of them, and how many more there are; empty for none.
    var text: String {
        let text = shown.joined(separator: ",")
        return count > Self.limit ? "\(text) + \(count - Self.limit) more..." : text
    }
}

/// What `kubectl get endpointslices` shows.
enum EndpointSliceColumns {
    static let all: [TableColumn] = [
        .name,
        .text("AddressType", "The type of the addresses.") { $0.addressType.text },
        .text("Ports", "The ports of all endpoints.") { slice in
            var list = ShortList()
            for port in slice.ports.elements {
                list.append(port.port.number.map { "\($0)" } ?? (port.name.text.isEmpty ? "*" : port.name.text))
            }
            return list.text.isEmpty ? "<unset>" : list.text
        },
        .text("Endpoints", "The endpoints' addresses.") { slice in
            var list = ShortList()
            for endpoint in slice.endpoints.elements {
                for address in endpoint.addresses.texts { list.append(address) }
            }
            return list.text.isEmpty ? "<unset>" : list.text
        },
        .age,
    ]
}
