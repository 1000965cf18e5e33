import KubernetesAPI
import Testing

@Suite("Service.validationErrors")
struct ServiceValidationTests {
    /// What is wrong with a Service that was good before the change.
    private func errors(_ change: (inout Service) -> Void) -> [String] {
        var service = Service(
            metadata: ObjectMeta(name: "web", namespace: "ns"),
            type: .loadBalancer,
            clusterIPs: ["10.96.0.1", "fd00::1"],
            ports: [ServicePort(name: "http", port: 80, nodePort: 30080), ServicePort(name: "dns", port: 53)]
        )
        change(&service)
        return service.validationErrors().map { error in
            #expect(error.kind == "Service")
            return "\(error.field): \(error.reason)"
        }
    }

    @Test("a good Service has no errors")
    func good() {
        #expect(errors { _ in } == [])
        #expect(
            errors { service in
                service.externalIPs = ["198.51.100.1", "2001:db8::1"]
                service.loadBalancerSourceRanges = [" 10.0.0.0/8 ", "2001:db8::/32", "0.0.0.0/0"]
                service.loadBalancerIngress = [
                    LoadBalancerIngress(ip: "192.0.2.1", ipMode: "VIP"), LoadBalancerIngress(hostname: "lb.example"),
                ]
                service.sessionAffinity = .clientIP(timeoutSeconds: 86_400)
                service.externalTrafficPolicy = .local
                service.healthCheckNodePort = 31000
                service.ports[1].targetPort = "dns-tcp"
            } == []
        )
        #expect(
            errors { service in
                service.type = .clusterIP
                service.clusterIPs = ["None"]
                service.ports = []
            } == []
        )
        #expect(
            errors { service in
                service.type = .externalName
                service.clusterIPs = []
                service.ports = []
            } == []
        )
    }

    @Test("port numbers lie between 1 and 65535", arguments: [0, -1, 65536, 70000, Int.max, Int.min])
    func portRange(number: Int) {
        let rule = "Invalid value: \(number): must be between 1 and 65535, inclusive"
        #expect(errors { $0.ports[0].port = number } == ["spec.ports[0].port: \(rule)"])
        #expect(errors { $0.ports[1].targetPort = "\(number)" } == ["spec.ports[1].targetPort: \(rule)"])
        #expect(errors { $0.ports[0].nodePort = number } == (number == 0 ? [] : ["spec.ports[0].nodePort: \(rule)"]))
    }

    @Test("names, protocols and numbers of ports are told apart")
    func ports() {
        #expect(errors { $0.ports[1].name = "" } == ["spec.ports[1].name: Required value"])
        #expect(errors { $0.ports[1].name = "http" } == ["spec.ports[1].name: Duplicate value: \"http\""])
        #expect(errors { $0.ports[1].port = 80 } == ["spec.ports[1]: Duplicate value: \"TCP 80\""])
        #expect(
            errors { service in
                service.ports[1].port = 80
                service.ports[1].protocol = "UDP"
            } == []
        )
        #expect(
            errors { $0.ports[0].protocol = "tcp" }
                == [#"spec.ports[0].protocol: Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP""#]
        )
        #expect(errors { $0.ports[0].protocol = "" } == ["spec.ports[0].protocol: Required value"])
        #expect(errors { $0.ports[1].nodePort = 30080 } == ["spec.ports[1].nodePort: Duplicate value: \"TCP 30080\""])
        #expect(
            errors { $0.type = .clusterIP }
                == ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"]
        )
        #expect(errors { $0.ports[0].name = "HTTP" }.first?.contains("a lowercase RFC 1123 label") == true)
        #expect(
            errors { $0.ports[0].targetPort = "no_port" }.first?.hasPrefix("spec.ports[0].targetPort: Invalid") == true
        )
    }

    @Test(
        "addresses are written in the one way that all programs read alike",
        arguments: [
            ("10.96.0.999", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"),
            ("", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"),
            ("10.96.0.1/32", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"),
            ("010.96.0.1", "must not have leading 0s; write 10.96.0.1"),
            ("10.96.0.01", "must not have leading 0s; write 10.96.0.1"),
            ("::ffff:10.96.0.1", "must not be an IPv4-mapped IPv6 address; write 10.96.0.1"),
        ]
    )
    func addresses(text: String, rule: String) {
        #expect(errors { $0.clusterIPs = [text] } == ["spec.clusterIPs[0]: Invalid value: \"\(text)\": \(rule)"])
        #expect(errors { $0.externalIPs = [text] } == ["spec.externalIPs[0]: Invalid value: \"\(text)\": \(rule)"])
    }

    @Test(
        "external addresses are those of hosts",
        arguments: [
            ("0.0.0.0", "may not be unspecified (0.0.0.0)"), ("::", "may not be unspecified (::)"),
            ("127.0.0.2", "may not be in the loopback range (127.0.0.0/8, ::1/128)"),
            ("::1", "may not be in the loopback range (127.0.0.0/8, ::1/128)"),
            ("169.254.1.1", "may not be in the link-local range (169.254.0.0/16, fe80::/10)"),
            ("fe80::1", "may not be in the link-local range (169.254.0.0/16, fe80::/10)"),
            ("224.0.0.1", "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"),
            ("ff02::1", "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"),
            ("239.1.2.3", "may not be in the multicast range (224.0.0.0/4, ff00::/8)"),
        ]
    )
    func specialAddresses(text: String, rule: String) {
        #expect(errors { $0.externalIPs = [text] } == ["spec.externalIPs[0]: Invalid value: \"\(text)\": \(rule)"])
    }

    @Test("a Service has one address per family, or None alone")
    func families() {
        let rule = "may specify no more than one IP for each IP family, i.e. [IPv4, IPv6]"
        #expect(
            errors { $0.clusterIPs = ["10.96.0.1", "10.96.0.2"] }
                == [#"spec.clusterIPs: Invalid value: ["10.96.0.1","10.96.0.2"]: "# + rule]
        )
        #expect(errors { $0.clusterIPs = ["10.96.0.1", "fd00::1", "fd00::2"] }.count == 1)
        #expect(
            errors { service in
                service.type = .clusterIP
                service.ports = []
                service.clusterIPs = ["None", "10.96.0.1"]
            } == [#"spec.clusterIPs: Invalid value: ["None","10.96.0.1"]: 'None' must be the first and only value"#]
        )
        #expect(
            errors { $0.clusterIPs = ["None"] }
                == [#"spec.clusterIPs[0]: Invalid value: "None": may not be set to 'None' for LoadBalancer services"#]
        )
    }

    @Test("choices are among those that there are")
    func choices() {
        #expect(
            errors { $0.type = ServiceType("Cluster") }
                == [
                    "spec.type: Unsupported value: \"Cluster\": supported values: \"ClusterIP\", \"ExternalName\", "
                        + "\"LoadBalancer\", \"NodePort\""
                ]
        )
        #expect(
            errors { service in
                service.externalTrafficPolicy = TrafficPolicy("local")
                service.internalTrafficPolicy = TrafficPolicy("Zone")
                service.sessionAffinity = .unknown("Cookie")
            } == [
                #"spec.sessionAffinity: Unsupported value: "Cookie": supported values: "ClientIP", "None""#,
                #"spec.externalTrafficPolicy: Unsupported value: "local": supported values: "Cluster", "Local""#,
                #"spec.internalTrafficPolicy: Unsupported value: "Zone": supported values: "Cluster", "Local""#,
            ]
        )
        #expect(
            errors { $0.loadBalancerIngress = [LoadBalancerIngress(ip: "x", ipMode: "vip")] } == [
                "status.loadBalancer.ingress[0].ip: Invalid value: \"x\": must be a valid IP address, (e.g. 10.9.8.7 "
                    + "or 2001:db8::ffff)",
                #"status.loadBalancer.ingress[0].ipMode: Unsupported value: "vip": supported values: "Proxy", "VIP""#,
            ]
        )
    }

    @Test("an affinity lasts for a second to a day", arguments: [0, -5, 86_401])
    func affinity(seconds: Int) {
        #expect(
            errors { $0.sessionAffinity = .clientIP(timeoutSeconds: seconds) }
                == [
                    "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: \(seconds): must be greater "
                        + "than 0 and less than 86400"
                ]
        )
    }

    @Test("what only load balancers have is refused elsewhere")
    func loadBalancers() {
        #expect(errors { $0.healthCheckNodePort = 31000 }.first?.contains("may only be set when `type` is") == true)
        #expect(
            errors { service in
                service.type = .nodePort
                service.loadBalancerSourceRanges = ["10.0.0.0/33"]
            } == [
                "spec.loadBalancerSourceRanges[0]: Invalid value: \"10.0.0.0/33\": must be a valid CIDR value, (e.g. "
                    + "10.9.8.0/24 or 2001:db8::/64)",
                "spec.loadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
            ]
        )
    }

    @Test("names are names, and not too long")
    func names() {
        #expect(
            errors { $0.metadata.name = "" } == ["metadata.name: Required value: name or generateName is required"]
        )
        #expect(
            errors { $0.metadata.name = String(repeating: "a", count: 64) }.map { $0.hasSuffix("63 bytes") } == [
                true
            ]
        )
        #expect(errors { $0.metadata.namespace = "a.b" }.count == 1)
        #expect(errors { $0.metadata.namespace = nil } == ["metadata.namespace: Required value"])
        #expect(errors { $0.metadata.name = "-a" }.count == 1)
        #expect(errors { $0.metadata.name = "web\n{}" }.first?.contains("\"web\\n{}\"") == true)
    }
}
