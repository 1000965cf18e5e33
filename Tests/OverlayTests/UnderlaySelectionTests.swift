import Addressing
import Netlink
import Testing

@testable import Overlay

@Suite struct UnderlaySelectionTests {
    /// A host with `lo`, `eth0` 192.0.2.5/24, `eth1` 198.51.100.5/24 and fd00:1::5/64, `eth2` down, a pod's veth and the
    /// overlay's device.
    private static func host(_ more: [InterfaceAddress] = [], defaultBy interface: UInt32? = 2) throws -> HostNetwork {
        let names = ["lo", "eth0", "eth1", "eth2", "tr0123456789ab", "trama.vxlan", "trunk0"]
        var host = HostNetwork()
        host.links = names.enumerated().map { offset, name in
            var link = Link(name: name)
            link.index = UInt32(offset + 1)
            link.flags = name == "eth2" ? [] : name == "lo" ? [.up, .loopback] : [.up]
            link.mtu = 1_500
            return link
        }
        host.addresses =
            try [
                address("127.0.0.1", 8, on: 1), address("192.0.2.5", 24, on: 2), address("198.51.100.5", 24, on: 3),
                address("fd00:1::5", 64, on: 3), address("203.0.113.5", 24, on: 4), address("10.32.0.0", 32, on: 6),
            ] + more
        if let interface, let everywhere = IPPrefix("0.0.0.0/0") {
            host.defaultRoutes = [Route(to: everywhere, nextHops: [.init(interface: interface)])]
        }
        return host
    }

    private static func address(
        _ text: String,
        _ length: Int,
        on interface: UInt32,
        flags: InterfaceAddressFlags = []
    ) throws -> InterfaceAddress {
        InterfaceAddress(
            interface: interface,
            address: try #require(IPAddress(text)),
            prefixLength: length,
            flags: flags
        )
    }

    private static func selection(wanted: String? = nil, targets: [String] = []) -> UnderlaySelection {
        UnderlaySelection(
            wanted: wanted.flatMap { IPAddress($0) },
            targets: targets.compactMap { IPAddress($0) },
            excluded: ["10.32.0.0/12"].compactMap { IPPrefix($0) },
            ownDevices: ["trama.vxlan", "trama.wg"]
        )
    }

    @Test func `the address that was asked for, or none`() throws {
        let host = try Self.host()
        let wanted = Self.selection(wanted: "fd00:1::5", targets: ["192.0.2.9"]).select(host)
        #expect(wanted?.address == IPAddress("fd00:1::5"))
        #expect(wanted?.prefixLength == 64 && wanted?.interface == 3 && wanted?.mtu == 1_500)
        #expect(wanted?.addresses.count == 3 && wanted?.addresses.first == IPAddress("fd00:1::5"))
        #expect(Self.selection(wanted: "192.0.2.77").select(host) == nil)
        // Of an interface that is down.
        #expect(Self.selection(wanted: "203.0.113.5").select(host) == nil)
    }

    @Test func `a target's subnet comes before the default route`() throws {
        let host = try Self.host()
        #expect(Self.selection().select(host)?.address == IPAddress("192.0.2.5"))
        #expect(Self.selection(targets: ["198.51.100.77"]).select(host)?.address == IPAddress("198.51.100.5"))
        #expect(Self.selection(targets: ["8.8.8.8"]).select(host)?.address == IPAddress("192.0.2.5"))
        // Without either, IPv4 of the first interface.
        #expect(Self.selection().select(try Self.host(defaultBy: nil))?.address == IPAddress("192.0.2.5"))
    }

    @Test func `the address in use is kept until it goes or a better one comes`() throws {
        let selection = Self.selection()
        var host = try Self.host(defaultBy: 3)
        #expect(selection.select(host)?.address == IPAddress("198.51.100.5"))
        // The route is gone for a moment: no other address is better.
        host = try Self.host(defaultBy: nil)
        #expect(selection.select(host)?.address == IPAddress("198.51.100.5"))
        host = try Self.host(defaultBy: 2)
        #expect(selection.select(host)?.address == IPAddress("192.0.2.5"))
        host.addresses.removeAll { $0.address == IPAddress("192.0.2.5") }
        #expect(selection.select(host)?.address == IPAddress("198.51.100.5"))
        host.addresses = []
        #expect(selection.select(host) == nil)
    }

    @Test func `addresses of pods, tunnels and loopback, and those that will not stay, are never chosen`() throws {
        var host = try Self.host(defaultBy: nil)
        host.addresses = try [
            Self.address("127.0.0.1", 8, on: 1), Self.address("10.33.0.5", 24, on: 2),
            Self.address("192.0.2.6", 24, on: 5), Self.address("192.0.2.7", 24, on: 6),
            Self.address("169.254.0.9", 16, on: 2), Self.address("fe80::1", 64, on: 2),
            Self.address("fd00::6", 64, on: 2, flags: .deprecated),
            Self.address("fd00::7", 64, on: 2, flags: .secondary),
        ]
        #expect(Self.selection().select(host) == nil)
        // A second IPv4 address of one subnet is as good as the first, and `trunk0` is no pod's.
        host.addresses = [try Self.address("192.0.2.8", 24, on: 7, flags: .secondary)]
        #expect(Self.selection().select(host)?.address == IPAddress("192.0.2.8"))
    }

    @Test(arguments: [
        ("tr0123456789ab", true), ("tb-5", true), ("tv-16777215", true), ("trunk0", false), ("tr0", false),
        ("tr0123456789AB", false), ("tb-", false), ("tv-x", false), ("trama.vxlan", false), ("eth0", false),
    ])
    func `links of the overlay are known by their names`(name: String, isOurs: Bool) {
        #expect(HostNetwork.isOverlayLink(name) == isOurs)
    }

    @Test func `a range must not hold addresses or routes of other links`() throws {
        let host = try Self.host([Self.address("10.48.0.5", 24, on: 2), Self.address("10.36.0.0", 32, on: 5)])
        func conflict(_ range: String, _ routes: [(String, UInt32)] = []) throws -> String? {
            let routes = try routes.map { Route(to: try #require(IPPrefix($0.0)), nextHops: [.init(interface: $0.1)]) }
            let range = try #require(IPPrefix(range))
            return host.conflict(with: [range], routes: routes) {
                HostNetwork.isOverlayLink($0) || $0 == "trama.vxlan"
            }?.description
        }
        #expect(try conflict("10.32.0.0/12") == nil)
        #expect(try conflict("10.48.0.0/16")?.contains("the address 10.48.0.5/24 of eth0") == true)
        // Also where the subnet is the larger one.
        #expect(try conflict("10.48.0.128/25")?.contains("10.48.0.5/24") == true)
        #expect(
            try conflict("10.32.0.0/12", [("10.40.0.0/16", 3)])?.contains("the route to 10.40.0.0/16 by eth1") == true
        )
        #expect(try conflict("10.32.0.0/12", [("10.32.0.0/12", 3)]) != nil)
        #expect(try conflict("10.32.0.0/12", [("10.0.0.0/8", 3), ("0.0.0.0/0", 3), ("10.40.0.0/24", 5)]) == nil)
        // What we made in our last run.
        let own = Route(to: try #require(IPPrefix("10.40.0.0/16")), origin: .trama, nextHops: [.init(interface: 3)])
        #expect(
            host.conflict(with: [try #require(IPPrefix("10.32.0.0/12"))], routes: [own]) {
                $0 == "trama.vxlan" || HostNetwork.isOverlayLink($0)
            } == nil
        )
    }
}
