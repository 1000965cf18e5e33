import Addressing
import NFTables
import Testing

/// What another program does to the tables while the proxy runs.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct RepairTests {
    private static let table = TableID(family: .ip, name: "trama")

    @Test func `a table that another program breaks is repaired, and counted`() async throws {
        let bed = try await ProxyTestBed()
        try bed.folder.write("web.yaml", Manifest(clusterIP: "172.30.0.1", endpoints: [ProxyTestBed.one]).yaml)
        let proxy = try await bed.start()
        let whole = try await snapshot(bed)
        let clock = ContinuousClock()
        var repairs = 0.0
        for command in try await commands(bed) {
            try await bed.node.run("nft", command)
            let start = clock.now
            try await eventually("repair after \(command)", within: .seconds(5)) {
                try await bed.nftables.snapshot(of: Self.table, elementsOf: { _ in true }) == whole
            }
            let time = clock.now - start
            print("repaired \(time) after nft \(command)")
            #expect(time < .seconds(2), "\(command)")
            #expect(await bed.flow("172.30.0.1").server == "one", "\(command)")
            repairs += 1
            try await eventually("the count of repairs after \(command)") {
                try await bed.metric("trama_repairs_total", "IPv4") >= repairs
            }
            repairs = try await bed.metric("trama_repairs_total", "IPv4")
            try await proxy.line(with: "as it should be again")
        }
        #expect(try await bed.metric("trama_repair_duration_seconds_count", "IPv4") == repairs)
    }

    @Test func `other programs' tables are none of the proxy's business`() async throws {
        let bed = try await ProxyTestBed()
        try bed.folder.write("web.yaml", Manifest(clusterIP: "172.30.0.1", endpoints: [ProxyTestBed.one]).yaml)
        try await bed.start()
        try await bed.node.run("nft", "add table ip other; add chain ip other c; add rule ip other c counter")
        let after = try await bed.nftables.generation()
        try await bed.expect(["one"], at: "172.30.0.1")
        // A change of ours, to know that the other one has been seen.
        try bed.folder.write("more.yaml", Manifest(name: "more", clusterIP: "172.30.0.2", endpoints: []).yaml)
        try await bed.expect([], at: "172.30.0.2")
        #expect(try await bed.nftables.generation() == after + 1)
        #expect(try await bed.metric("trama_repairs_total") == 0)
        #expect(try await bed.listing().contains("table ip other"))
    }

    private func snapshot(_ bed: ProxyTestBed) async throws -> Snapshot? {
        try await bed.nftables.snapshot(of: Self.table, elementsOf: { _ in true })
    }

    /// What is done to the table: all of it, a chain of it, an element of it.
    private func commands(_ bed: ProxyTestBed) async throws -> [String] {
        let whole = try #require(try await snapshot(bed))
        let chain = try #require(whole.rules.filter { $0.value.count > 1 }.keys.min())
        let element = try await firstElement(of: "frontends", bed)
        return [
            "flush ruleset", "delete table ip trama", "flush chain ip trama \(chain)",
            "delete element ip trama frontends { \(element) }",
        ]
    }

    /// The key of an element, as a listing has it before `comment "…"` or the value.
    private func firstElement(of map: String, _ bed: ProxyTestBed) async throws -> String {
        let listing = try await bed.node.run("nft", "-n", "list", "map", "ip", "trama", map)
        let elements = try #require(listing.firstRange(of: "elements = {"))
        return String(listing[elements.upperBound...].prefix { !":\"c".contains($0) }).trimmed
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
