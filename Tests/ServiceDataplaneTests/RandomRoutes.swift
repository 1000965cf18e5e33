import SeededTesting
import Addressing
import ServiceRouting

/// Random routes that respect what ServiceRouting promises about them.
struct RandomRoutes {
    var random: SeededGenerator
    let family: IPFamily

    init(random: SeededGenerator, family: IPFamily = .ipv4) {
        self.random = random
        self.family = family
    }

    func address(_ number: Int) -> IPAddress {
        family == .ipv4 ? .v4(0x0a00_0000 + UInt32(number)) : .v6(high: 0xfd00 << 48, low: UInt64(number))
    }

    mutating func frontend() -> Frontend {
        Frontend(
            address: address(1_000 + Int.random(in: 0..<8, using: &random)),
            protocol: [.tcp, .udp, .sctp].randomElement(using: &random) ?? .tcp,
            port: UInt16.random(in: 1...2, using: &random)
        )
    }

    private mutating func backends(_ most: Int) -> [Backend] {
        let numbers = Array(0..<12).shuffled(using: &random).prefix(Int.random(in: 0...most, using: &random))
        return numbers.sorted().map { Backend(address: address($0), port: 8080) }
    }

    mutating func route(of frontend: Frontend) -> Route {
        // One ServicePort per frontend: what is shared between frontends is for the tests of ServiceRouting.
        var route = Route(
            service: ServicePortName(
                service: ObjectKey(namespace: "ns", name: "\(frontend.address)-\(frontend.port)"),
                portName: "p",
                protocol: frontend.protocol
            ),
            kind: [.internal, .external, .externalLocal].randomElement(using: &random) ?? .internal,
            endpoints: backends(6)
        )
        if route.kind == .externalLocal {
            route.localEndpoints = route.endpoints.filter { $0.address.networkBytes.last.map { $0 % 2 == 0 } ?? false }
        }
        let servesAll = route.kind == .externalLocal ? !route.localEndpoints.isEmpty : !route.endpoints.isEmpty
        if !servesAll { route.unserved = [.reject, .drop].randomElement(using: &random) }
        if Int.random(in: 0..<3, using: &random) == 0 {
            route.affinityTimeout = .seconds([60, 10_800].randomElement(using: &random) ?? 60)
        }
        if Int.random(in: 0..<3, using: &random) == 0 {
            let count = Int.random(in: 0...3, using: &random)
            route.sourceRanges = Set(
                (0..<count).compactMap { _ in
                    IPPrefix(
                        address(Int.random(in: 0..<64, using: &random)),
                        length: family.bitCount - Int.random(in: 0...5, using: &random)
                    )
                }
            ).sorted()
        }
        return route
    }
}
