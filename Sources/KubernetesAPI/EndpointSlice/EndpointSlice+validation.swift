import Addressing

extension EndpointSlice {
    /// What is wrong with the slice, as an API server would say it; and ports that no packet can carry, which API
    /// servers let through.
    public func validationErrors() -> [ObjectError] {
        var validation = Validation(self)
        validation.metadata(of: self) { $0.subdomain($1, $2) }
        switch addressType {
        case .unknown(""): validation.required("addressType")
        case .unknown(let text):
            validation.unsupported("addressType", text, supported: AddressType.known.map(\.description))
        case .ipv4, .ipv6, .fqdn: break
        }
        validateEndpoints(&validation)
        validatePorts(&validation)
        return validation.errors
    }

    private func validateEndpoints(_ validation: inout Validation) {
        for (index, endpoint) in endpoints.enumerated() {
            let path = FieldPath("endpoints")[index].field("addresses")
            if endpoint.addresses.isEmpty { validation.required(path, "must contain at least 1 address") }
            for (index, text) in endpoint.addresses.enumerated() {
                switch addressType {
                case .ipv4: validation.hostAddress(path[index], text, family: .ipv4)
                case .ipv6: validation.hostAddress(path[index], text, family: .ipv6)
                case .fqdn: validation.subdomain(path[index], text)
                case .unknown: break
                }
            }
        }
    }

    private func validatePorts(_ validation: inout Validation) {
        var names: Set<String> = []
        for (index, port) in ports.enumerated() {
            let path = FieldPath("ports")[index]
            if let name = port.name {
                if !name.isEmpty { validation.label(path.field("name"), name) }
                if !names.insert(name).inserted { validation.duplicate(path.field("name"), name) }
            }
            if let text = port.protocol { validation.transportProtocol(path.field("protocol"), text) }
            if let number = port.port { validation.port(path.field("port"), number) }
        }
    }
}
