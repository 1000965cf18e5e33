import Addressing
import NFTables
import Netlink
import ServiceRouting

/// Source ranges of load balancers: all in one set of concatenated intervals, or a set and a chain for each Service.
struct SourceRangeLayouts {
    /// How many Services have ranges; each has four.
    var serviceCount: Int
    var repetitions: Int

    private static let table = TableID(family: .ip, name: "ranges")
    private static let frontend: [DataType] = [.ipv4Address, .inetProtocol, .inetService]

    func run() async throws {
        var loads = [Samples](repeating: Samples(), count: 2)
        var additions = loads
        let indices = Array(0..<serviceCount)
        for _ in 0..<repetitions {
            for (index, layout) in [Self.oneSet, Self.setPerService].enumerated() {
                let load = try PreparedTransaction(layout(indices, true))
                let addition = try PreparedTransaction(layout([serviceCount], false))
                let laboratory = try Laboratory()
                var socket = try laboratory.socket()
                try measure(into: &loads[index]) { try load.commit(over: &socket) }
                try measure(into: &additions[index]) { try addition.commit(over: &socket) }
                try await Laboratory.settle(after: serviceCount)
            }
        }
        Report.section("Source ranges (kernel alone), \(serviceCount) Services of 4 ranges")
        Report.row("load, one concatenated interval set", loads[0])
        Report.row("load, a set and a chain per Service", loads[1])
        Report.row("add a Service, one concatenated interval set", additions[0])
        Report.row("add a Service, a set and a chain per Service", additions[1])
    }

    private static func key(_ service: Int) -> RegisterValue {
        var key = RegisterValue()
        key.append(Workload.clusterIP(service))
        key.append(TransportProtocol.tcp)
        key.append(networkOrder: Workload.port)
        return key
    }

    /// Four ranges, different for each Service.
    private static func ranges(_ service: Int) -> [IPPrefix] {
        (0..<4).compactMap { range in
            IPPrefix("\(IPAddress.v4(UInt32(1 + range * 50) << 24 | UInt32(service) << 8))/24")
        }
    }

    /// As the data plane has it: `filtered-frontends` and `allowed-sources`.
    private static func oneSet(_ services: [Int], _ makesTable: Bool) -> Transaction {
        var transaction = Transaction()
        if makesTable {
            transaction.addTable(Table(id: table))
            transaction.addSet(NamedSet("filtered-frontends", key: frontend), in: table)
            transaction.addSet(NamedSet("allowed-sources", key: frontend + [.ipv4Address], flags: .interval), in: table)
        }
        let allowed = services.flatMap { service in
            ranges(service).map { range in
                var (first, last) = (key(service), key(service))
                first.append(range.address)
                last.append(range.lastAddress)
                return Element(first, through: last)
            }
        }
        transaction.addElements(allowed, set: "allowed-sources", in: table)
        transaction.addElements(services.map { Element(key($0)) }, set: "filtered-frontends", in: table)
        return transaction
    }

    /// A verdict map that leads to each Service's own chain.
    private static func setPerService(_ services: [Int], _ makesTable: Bool) -> Transaction {
        var transaction = Transaction()
        if makesTable {
            transaction.addTable(Table(id: table))
            transaction.addSet(NamedSet("filtered-frontends", key: frontend, value: .verdict), in: table)
        }
        for service in services {
            let name = "sources-\(service)"
            transaction.addSet(NamedSet(name, key: [.ipv4Address], flags: .interval), in: table)
            transaction.addElements(ranges(service).flatMap { Element.interval($0) }, set: name, in: table)
            transaction.addChain(Chain(name), in: table)
            transaction.addRule(
                [
                    .load(.sourceAddress(.ipv4), into: .word(0)), .lookup(.word(0), in: name, inverted: true),
                    .verdict(.drop),
                ],
                chain: name,
                in: table
            )
        }
        let frontends = services.map { Element(key($0), value: .verdict(.goto("sources-\($0)"))) }
        transaction.addElements(frontends, set: "filtered-frontends", in: table)
        return transaction
    }
}
