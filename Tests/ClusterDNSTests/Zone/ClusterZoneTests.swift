import ClusterDNS
import KubernetesAPI
import ServiceRouting
import Testing

@Suite("Names of a cluster")
struct ClusterZoneTests {
    private let http = ServicePort(name: "http", port: 80)
    private let dns = ServicePort(name: "dns", protocol: "UDP", port: 53)

    @Test("A Service has its virtual addresses, of the family that is asked for")
    func virtualAddresses() {
        var zone = ZoneUnderTest()
        zone.service("web", "10.96.0.1", "fd00::1", ports: [http])
        zone.service("old", "10.96.0.2", ports: [http])
        #expect(zone.look("web.default.svc.cluster.local", .a) == ["10.96.0.1"])
        #expect(zone.look("WEB.Default.svc.cluster.local", .aaaa) == ["fd00::1"])
        #expect(zone.look("old.default.svc.cluster.local", .aaaa) == ["NODATA"])
        #expect(zone.look("old.default.svc.cluster.local", .txt) == ["NODATA"])
        #expect(zone.look("no.default.svc.cluster.local", .a) == ["NXDOMAIN"])
        #expect(zone.look("x.web.default.svc.cluster.local", .a) == ["NXDOMAIN"])
        #expect(zone.look("web.other.svc.cluster.local", .a) == ["NXDOMAIN"])
        #expect(zone.look("web.example", .a) == ["elsewhere"])
    }

    @Test("Names above Services exist, as far as something is below them")
    func nonTerminals() {
        var zone = ZoneUnderTest()
        zone.service("web", "10.96.0.1", ports: [http])
        #expect(zone.look("cluster.local", .a) == ["NODATA"])
        #expect(zone.look("svc.cluster.local", .a) == ["NODATA"])
        #expect(zone.look("default.svc.cluster.local", .a) == ["NODATA"])
        #expect(zone.look("other.svc.cluster.local", .a) == ["NXDOMAIN"])
        #expect(zone.look("_tcp.web.default.svc.cluster.local", .srv) == ["NODATA"])
        #expect(zone.look("_udp.web.default.svc.cluster.local", .srv) == ["NXDOMAIN"])
        #expect(zone.look("nonsense.cluster.local", .a) == ["NXDOMAIN"])
        zone.removeService("web")
        #expect(zone.look("default.svc.cluster.local", .a) == ["NXDOMAIN"])
    }

    @Test("What is not there is said with the zone's beginning, for as long as answers hold")
    func negative() throws {
        var zone = ZoneUnderTest()
        guard case .complete(let content) = zone.ask("no.default.svc.cluster.local", .a) else {
            Issue.record("no answer")
            return
        }
        #expect(content.code == .noSuchName)
        #expect(content.authorities.map(\.timeToLive) == [5])
        guard case .authority(let authority)? = content.authorities.first?.data else {
            Issue.record("no SOA record")
            return
        }
        #expect(authority.minimum == 5)
        #expect(authority.server.description == "ns.dns.cluster.local.")
    }

    @Test("The zone says its version, its server and its beginning")
    func domain() {
        var zone = ZoneUnderTest()
        #expect(zone.look("dns-version.cluster.local", .txt) == ["1.1.0"])
        #expect(zone.look("dns-version.cluster.local", .a) == ["NODATA"])
        #expect(zone.look("cluster.local", .ns) == ["ns.dns.cluster.local."])
        #expect(zone.look("cluster.local", .soa) == ["ns.dns.cluster.local. 1"])
        #expect(zone.look("ns.dns.cluster.local", .a) == ["10.96.0.10"])
        zone.service("kube-dns", "10.96.0.11", namespace: "kube-system")
        #expect(zone.look("ns.dns.cluster.local", .a) == ["10.96.0.11"])
        #expect(zone.look("cluster.local", .soa) == ["ns.dns.cluster.local. 2"])
    }

    @Test("A port with a name has an SRV record, of its protocol")
    func ports() {
        var zone = ZoneUnderTest()
        zone.service("web", "10.96.0.1", ports: [http, dns])
        let own = "web.default.svc.cluster.local"
        #expect(zone.look("_http._tcp.\(own)", .srv) == ["80 \(own)."])
        #expect(zone.look("_dns._udp.\(own)", .srv) == ["53 \(own)."])
        #expect(zone.look("_dns._tcp.\(own)", .srv) == ["NXDOMAIN"])
        #expect(zone.look("_http._tcp.\(own)", .a) == ["NODATA"])
        #expect(zone.look(own, .srv) == ["53 \(own).", "80 \(own)."])
        guard case .complete(let content) = zone.ask("_http._tcp.\(own)", .srv) else { return }
        #expect(content.additionals.map(\.data.text) == ["10.96.0.1"])
    }

    @Test("Ports that differ in their protocol only are one SRV record")
    func samePort() {
        var zone = ZoneUnderTest()
        zone.service("dns", "10.96.0.1", ports: [dns, ServicePort(name: "dns-tcp", port: 53)])
        let own = "dns.default.svc.cluster.local"
        #expect(zone.look(own, .srv) == ["53 \(own)."])
        #expect(zone.look("_dns-tcp._tcp.\(own)", .srv) == ["53 \(own)."])
    }

    @Test("A Service without ports has a name, and no SRV records")
    func withoutPorts() {
        var zone = ZoneUnderTest()
        zone.service("db")
        zone.slice("db-1", of: "db", [Endpoint(addresses: ["10.0.0.1"])])
        #expect(zone.look("db.default.svc.cluster.local", .a) == ["10.0.0.1"])
        #expect(zone.look("db.default.svc.cluster.local", .srv) == ["NODATA"])
        zone.service("web", "10.96.0.1")
        #expect(zone.look("web.default.svc.cluster.local", .srv) == ["NODATA"])
        zone.removeSlice("db-1")
        #expect(zone.look("db.default.svc.cluster.local", .srv) == ["NXDOMAIN"])
    }

    @Test("A headless Service has the addresses of its ready endpoints, and each its name")
    func headless() {
        var zone = ZoneUnderTest()
        zone.service("db", ports: [http])
        zone.slice(
            "db-1",
            of: "db",
            [
                Endpoint(addresses: ["10.0.0.1"], hostname: "db-0", ready: true),
                Endpoint(addresses: ["10.0.0.2"]),
                Endpoint(addresses: ["10.0.0.3"], hostname: "db-2", ready: false),
            ],
            ports: [EndpointPort(name: "http", protocol: "TCP", port: 8_080)]
        )
        zone.slice("db-2", of: "db", [Endpoint(addresses: ["fd00::1"], hostname: "db-0")], type: .ipv6)
        let own = "db.default.svc.cluster.local"
        #expect(zone.look(own, .a) == ["10.0.0.1", "10.0.0.2"])
        #expect(zone.look(own, .aaaa) == ["fd00::1"])
        #expect(zone.look("db-0.\(own)", .a) == ["10.0.0.1"])
        #expect(zone.look("db-0.\(own)", .aaaa) == ["fd00::1"])
        #expect(zone.look("10-0-0-2.\(own)", .a) == ["10.0.0.2"])
        #expect(zone.look("10-0-0-2.\(own)", .aaaa) == ["NODATA"])
        #expect(zone.look("db-2.\(own)", .a) == ["NXDOMAIN"])
        #expect(zone.look("_http._tcp.\(own)", .srv) == ["8080 10-0-0-2.\(own).", "8080 db-0.\(own)."])
        #expect(zone.look("1.0.0.10.in-addr.arpa", .ptr) == ["db-0.\(own)."])
        #expect(zone.look("3.0.0.10.in-addr.arpa", .ptr) == ["elsewhere"])
    }

    @Test("A headless Service that publishes them has names for endpoints that are not ready")
    func notReady() {
        var zone = ZoneUnderTest()
        zone.slice("db-1", of: "db", [Endpoint(addresses: ["10.0.0.1"], hostname: "db-0", ready: false)])
        zone.service("db")
        #expect(zone.look("db.default.svc.cluster.local", .a) == ["NXDOMAIN"])
        zone.service("db", publishNotReady: true)
        #expect(zone.look("db.default.svc.cluster.local", .a) == ["10.0.0.1"])
        #expect(zone.look("db-0.db.default.svc.cluster.local", .a) == ["10.0.0.1"])
        zone.service("db")
        #expect(zone.look("db-0.db.default.svc.cluster.local", .a) == ["NXDOMAIN"])
        #expect(zone.look("1.0.0.10.in-addr.arpa", .ptr) == ["elsewhere"])
    }

    @Test("Endpoints of a Service with a virtual address have no names")
    func endpointsOfVirtual() {
        var zone = ZoneUnderTest()
        zone.service("web", "10.96.0.1", ports: [http])
        zone.slice("web-1", of: "web", [Endpoint(addresses: ["10.0.0.1"], hostname: "a")])
        #expect(zone.look("a.web.default.svc.cluster.local", .a) == ["NXDOMAIN"])
        #expect(zone.look("1.0.0.10.in-addr.arpa", .ptr) == ["elsewhere"])
        #expect(zone.look("1.0.96.10.in-addr.arpa", .ptr) == ["web.default.svc.cluster.local."])
    }

    @Test("An address that two slices have is answered once, and goes with the second of them")
    func twoSlices() {
        var zone = ZoneUnderTest()
        zone.service("db")
        zone.slice("db-1", of: "db", [Endpoint(addresses: ["10.0.0.1"])])
        zone.slice("db-2", of: "db", [Endpoint(addresses: ["10.0.0.1"])])
        #expect(zone.look("db.default.svc.cluster.local", .a) == ["10.0.0.1"])
        #expect(zone.look("1.0.0.10.in-addr.arpa", .ptr) == ["10-0-0-1.db.default.svc.cluster.local."])
        zone.removeSlice("db-1")
        #expect(zone.look("db.default.svc.cluster.local", .a) == ["10.0.0.1"])
        zone.removeSlice("db-2")
        #expect(zone.look("db.default.svc.cluster.local", .a) == ["NXDOMAIN"])
        #expect(zone.look("1.0.0.10.in-addr.arpa", .ptr) == ["elsewhere"])
    }

    @Test("A slice that goes over to another Service takes its endpoints along")
    func movedSlice() {
        var zone = ZoneUnderTest()
        zone.service("a")
        zone.service("b")
        zone.slice("s", of: "a", [Endpoint(addresses: ["10.0.0.1"])])
        zone.slice("s", of: "b", [Endpoint(addresses: ["10.0.0.1"])])
        #expect(zone.look("a.default.svc.cluster.local", .a) == ["NXDOMAIN"])
        #expect(zone.look("b.default.svc.cluster.local", .a) == ["10.0.0.1"])
    }

    @Test("An alias within the cluster is followed, others are left to others")
    func aliases() {
        var zone = ZoneUnderTest()
        zone.service("web", "10.96.0.1", ports: [http])
        zone.alias("inside", "web.default.svc.cluster.local")
        zone.alias("outside", "www.example.org")
        zone.alias("nowhere", "no.default.svc.cluster.local.")
        #expect(
            zone.look("inside.default.svc.cluster.local", .a) == ["10.96.0.1", "web.default.svc.cluster.local."]
        )
        #expect(zone.look("inside.default.svc.cluster.local", .cname) == ["web.default.svc.cluster.local."])
        // All there is under the name, and nothing under another (RFC 1034, 4.3.2, 3a).
        #expect(zone.look("inside.default.svc.cluster.local", .any) == ["web.default.svc.cluster.local."])
        #expect(zone.look("outside.default.svc.cluster.local", .any) == ["www.example.org."])
        #expect(
            zone.look("outside.default.svc.cluster.local", .aaaa) == ["www.example.org.", "-> www.example.org."]
        )
        guard case .complete(let content) = zone.ask("nowhere.default.svc.cluster.local", .a) else { return }
        #expect(content.code == .noSuchName)
        #expect(content.texts == ["no.default.svc.cluster.local."])
        #expect(content.authorities.count == 1)
    }

    @Test("Aliases that lead in a circle end")
    func circle() {
        var zone = ZoneUnderTest()
        zone.alias("a", "b.default.svc.cluster.local")
        zone.alias("b", "a.default.svc.cluster.local")
        guard case .complete(let content) = zone.ask("a.default.svc.cluster.local", .a) else {
            Issue.record("not complete")
            return
        }
        #expect(!content.answers.isEmpty)
    }

    @Test("A pod's name is its address")
    func pods() {
        var zone = ZoneUnderTest()
        #expect(zone.look("10-0-0-1.default.pod.cluster.local", .a) == ["10.0.0.1"])
        #expect(zone.look("10-0-0-1.default.pod.cluster.local", .aaaa) == ["NODATA"])
        #expect(zone.look("fd00--1.default.pod.cluster.local", .aaaa) == ["fd00::1"])
        #expect(zone.look("10-0-0-256.default.pod.cluster.local", .a) == ["NXDOMAIN"])
        #expect(zone.look("pod-1.default.pod.cluster.local", .a) == ["NXDOMAIN"])
    }

    @Test("An address's name is that of its Service, also where it is of IPv6")
    func reverse() {
        var zone = ZoneUnderTest()
        zone.service("web", "fd00::1", ports: [http])
        let digits = Array(repeating: "0.", count: 27).joined()
        #expect(zone.look("1.\(digits)0.0.d.f.ip6.arpa", .ptr) == ["web.default.svc.cluster.local."])
        #expect(zone.look("1.\(digits)0.0.d.f.ip6.arpa", .a) == ["NODATA"])
        #expect(zone.look("1.0.96.10.in-addr.arpa", .ptr) == ["elsewhere"])
        #expect(zone.look("01.0.96.10.in-addr.arpa", .ptr) == ["elsewhere"])
    }

    @Test("Each of several records comes first at times, by the numbers passed in")
    func rotation() {
        var zone = ZoneUnderTest()
        zone.service("db")
        zone.slice("db-1", of: "db", (1...5).map { Endpoint(addresses: ["10.0.0.\($0)"]) })
        func first(_ zone: inout ZoneUnderTest) -> [String] {
            (0..<100).compactMap { _ in
                guard case .complete(let content) = zone.ask("db.default.svc.cluster.local", .a) else { return nil }
                return content.texts.first
            }
        }
        var again = zone
        let seen = first(&zone)
        #expect(Set(seen).count == 5)
        #expect(first(&again) == seen)
    }

    @Test("What is no change does not make a new version")
    func serial() {
        var zone = ZoneUnderTest()
        zone.service("web", "10.96.0.1", ports: [http])
        zone.service("web", "10.96.0.1", ports: [http])
        zone.slice("web-1", of: "web", [Endpoint(addresses: ["10.0.0.1"])])
        #expect(zone.look("cluster.local", .soa) == ["ns.dns.cluster.local. 2"])
    }
}
