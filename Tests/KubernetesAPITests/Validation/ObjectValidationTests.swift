import KubernetesAPI
import Testing

@Suite("Validation of the other kinds")
struct ObjectValidationTests {
    private func texts(_ errors: [ObjectError]) -> [String] {
        errors.map { "\($0.field): \($0.reason)" }
    }

    private func slice(_ change: (inout EndpointSlice) -> Void) -> [String] {
        var slice = EndpointSlice(
            metadata: ObjectMeta(name: "web.1", namespace: "ns"),
            ports: [EndpointPort(name: "", protocol: "TCP", port: 80)],
            endpoints: [Endpoint(addresses: ["10.0.0.1"])]
        )
        change(&slice)
        return texts(slice.validationErrors())
    }

    @Test("a slice's addresses are of its family")
    func families() {
        #expect(slice { _ in } == [])
        #expect(
            slice { $0.endpoints.append(Endpoint(addresses: ["2001:db8::1"])) }
                == [#"endpoints[1].addresses[0]: Invalid value: "2001:db8::1": must be an IPv4 address"#]
        )
        #expect(
            slice { $0.addressType = .ipv6 }
                == [#"endpoints[0].addresses[0]: Invalid value: "10.0.0.1": must be an IPv6 address"#]
        )
        #expect(
            slice { service in
                service.addressType = .fqdn
                service.endpoints[0].addresses = ["a.example"]
            } == []
        )
        #expect(
            slice { $0.endpoints[0].addresses = [] }
                == ["endpoints[0].addresses: Required value: must contain at least 1 address"]
        )
        #expect(slice { $0.endpoints[0].addresses = ["010.0.0.1"] }.first?.contains("leading 0s") == true)
    }

    @Test("a slice says what its addresses are")
    func addressTypes() {
        #expect(slice { $0.addressType = .unknown("") } == ["addressType: Required value"])
        #expect(
            slice { $0.addressType = AddressType("ipv4") }
                == [#"addressType: Unsupported value: "ipv4": supported values: "FQDN", "IPv4", "IPv6""#]
        )
    }

    @Test("a slice's ports can be carried by packets, and have different names")
    func ports() {
        #expect(slice { $0.ports = [EndpointPort(name: nil, port: nil)] } == [])
        #expect(
            slice {
                $0.ports += [EndpointPort(name: "", port: 0), EndpointPort(name: "a", protocol: "IP", port: 70000)]
            }
                == [
                    #"ports[1].name: Duplicate value: """#,
                    "ports[1].port: Invalid value: 0: must be between 1 and 65535, inclusive",
                    #"ports[2].protocol: Unsupported value: "IP": supported values: "SCTP", "TCP", "UDP""#,
                    "ports[2].port: Invalid value: 70000: must be between 1 and 65535, inclusive",
                ]
        )
    }

    @Test("a slice may have many endpoints")
    func manyEndpoints() {
        let many = (0..<10_000).map { Endpoint(addresses: ["10.1.\($0 >> 8).\($0 & 255)"]) }
        #expect(slice { $0.endpoints = many } == [])
    }

    @Test("a Node's ranges and addresses are some")
    func nodes() {
        let node = Node(
            metadata: ObjectMeta(name: "n0", namespace: "ns"),
            podCIDRs: ["10.0.0.0/24", "10.0.1.0/24", "x"],
            taints: [NodeTaint()],
            addresses: [NodeAddress(type: "Hostname", address: "n0"), NodeAddress(type: "InternalIP", address: "n0")]
        )
        #expect(
            texts(node.validationErrors()) == [
                "metadata.namespace: Forbidden: not allowed on this type",
                "spec.podCIDRs[2]: Invalid value: \"x\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or "
                    + "2001:db8::/64)",
                "spec.podCIDRs: Invalid value: [\"10.0.0.0/24\",\"10.0.1.0/24\",\"x\"]: may specify no more than one "
                    + "CIDR for each IP family, i.e. [IPv4, IPv6]",
                "status.addresses[1].address: Invalid value: \"n0\": must be a valid IP address, (e.g. 10.9.8.7 or "
                    + "2001:db8::ffff)",
                "spec.taints[0].key: Required value",
            ]
        )
    }

    @Test("a ServiceCIDR has one range, or one per family")
    func serviceCIDRs() {
        func errors(_ cidrs: String...) -> [String] {
            texts(ServiceCIDR(metadata: ObjectMeta(name: "a"), cidrs: cidrs).validationErrors())
        }
        #expect(errors("10.96.0.0/16", "fd00::/112") == [])
        #expect(errors() == ["spec.cidrs: Required value: at least one CIDR required"])
        #expect(errors("10.0.0.0/8", "10.0.0.0/8").count == 1)
        #expect(errors("010.0.0.0/8").first?.contains("must not have leading 0s; write 10.0.0.0/8") == true)
        #expect(errors("10.0.0.0/08").first?.contains("must not have leading 0s; write 10.0.0.0/8") == true)
        #expect(errors("/", "", "1/").count == 4)
    }
}
