import JSON
import KubernetesAPI

/// Endpoints: addresses of hosts, ready or not, with ports.
struct EndpointsStrategy: ObjectStrategy {
    let isCreatedByUpdate = true

    func setDefaults(_ object: inout JSONValue, old: JSONValue?) {
        object.removeNulls()
        object.mutateElements(of: "subsets") { subset in
            subset.mutateElements(of: "ports") { $0.fillInText("protocol", "TCP") }
        }
    }

    func prepareForCreate(_ object: inout JSONValue) {}

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: Subresource?) {}

    func validate(_ object: JSONValue) -> [FieldError] {
        var validator = FieldValidator()
        for (index, subset) in ObjectView(object).subsets.elements.enumerated() {
            let field = FieldPath("subsets")[index]
            if subset.addresses.count == 0, subset.notReadyAddresses.count == 0 {
                validator.required(field, "must specify `addresses` or `notReadyAddresses`")
            }
            for name in ["addresses", "notReadyAddresses"] {
                for (index, address) in subset[name].elements.enumerated() {
                    let field = field.field(name)[index]
                    validator.hostAddress(field.field("ip"), address.ip.text)
                    validator.optionalText(field.field("hostname"), address.hostname, TextRules.label)
                    validator.optionalText(field.field("nodeName"), address.nodeName, TextRules.subdomain)
                }
            }
            for (index, port) in subset.ports.elements.enumerated() {
                let field = field.field("ports")[index]
                if subset.ports.count > 1 {
                    validator.text(field.field("name"), port.name, TextRules.label)
                } else {
                    validator.optionalText(field.field("name"), port.name, TextRules.label)
                }
                validator.port(field.field("port"), port.port)
                validator.transportProtocol(field.field("protocol"), port.protocol)
                validator.optionalText(field.field("appProtocol"), port.appProtocol, TextRules.qualifiedName)
            }
        }
        return validator.errors
    }
}

/// What `kubectl get endpoints` shows.
enum EndpointsColumns {
    static let all: [TableColumn] = [
        .name,
        .text("Endpoints", "The addresses and ports that are ready.") { endpoints in
            if endpoints.subsets.count == 0 { return "<none>" }
            var list = ShortList()
            for subset in endpoints.subsets.elements {
                let ports = subset.ports.elements
                if ports.isEmpty { for address in subset.addresses.elements { list.append(address.ip.text) } }
                for port in ports {
                    for address in subset.addresses.elements { list.append(hostAndPort(address, port)) }
                }
            }
            return list.text
        },
        .age,
    ]

    private static func hostAndPort(_ address: ObjectView, _ port: ObjectView) -> String {
        let (host, port) = (address.ip.text, port.port.number ?? 0)
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
