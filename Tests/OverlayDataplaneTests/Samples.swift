import SeededTesting
import Addressing
import Glibc
import Netlink
import OverlayCore
@testable import OverlayDataplane

extension SeededGenerator {
    /// One of the elements, of which there must be some.
    mutating func pick<Element>(_ choices: [Element]) -> Element {
        choices[Int.random(in: choices.indices, using: &self)]
    }

    /// True that many times of a hundred.
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    /// Each of the choices, or not.
    mutating func some<Element>(_ choices: [Element]) -> [Element] { choices.filter { _ in chance(50) } }
}

/// A small overlay: host number N has the identity N, 10.32.N.0/24 and fd32:0:0:N::/64, and 192.0.2.N.
enum Sample {
    static func id(_ number: Int) -> PeerID { PeerID(high: 0, low: UInt64(number)) }

    static func prefix(_ text: String) -> IPPrefix { IPPrefix(text) ?? IPPrefix(.v4(0)) }

    static func address(_ text: String) -> IPAddress { IPAddress(text) ?? .v4(0) }

    static func prefixes(_ number: Int) -> [IPPrefix] {
        [prefix("10.32.\(number).0/24"), prefix("fd32:0:0:\(number)::/64")]
    }

    static func record(_ number: Int) -> PeerRecord {
        PeerRecord(
            id: id(number),
            name: "h\(number)",
            endpoints: [.v4(0xc000_0200 + UInt32(number))],
            wireGuardKey: [UInt8](repeating: 1, count: 32),
            prefixes: prefixes(number)
        )
    }

    static func peer(_ number: Int, _ route: PeerRoute = .vxlan(mtu: 1450)) -> OverlayState.Peer {
        .init(record: record(number), route: route)
    }

    /// Host 1, with the peers of those numbers.
    static func state(peers numbers: [Int] = [2, 3]) -> OverlayState {
        let node = OverlayNode(
            id: id(1),
            tunnelEndpoint: address("192.0.2.1"),
            prefixes: prefixes(1),
            clusterRanges: [prefix("10.32.0.0/12"), prefix("fd32::/48")],
            wireGuardDevice: "trama.wg"
        )
        let peers = numbers.map { (id($0), peer($0)) }
        return OverlayState(
            node: node,
            peers: Dictionary(uniqueKeysWithValues: peers),
            pods: [.init(interface: "pod1", addresses: [address("10.32.1.5"), address("fd32:0:0:1::5")])],
            isComplete: true
        )
    }
}

extension DesiredKernel {
    /// What a state asks for that is the first.
    init(_ state: OverlayState) {
        self.init()
        _ = update(to: state)
    }

    /// The route to a prefix, ordinary or of a metric.
    func route(_ text: String, metric: UInt32? = nil) -> OverlayRoute? {
        let prefix = Sample.prefix(text)
        let key = KernelKey.route(prefix, metric: metric ?? OverlayRoute.metric(prefix.family))
        guard case .route(let route)? = entries[key]?.object else { return nil }
        return route
    }
}
