import Addressing
import KubernetesAPI
import NFTables
import ServiceDataplane
import ServiceRouting
import Testing

/// Whatever somebody else does to the tables is put right, and traffic flows again.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct DamageTests {
    private static let services = AdoptionTests.services

    /// A bed with one Service of each shape, and the tables as they should be.
    private func bed() async throws -> (ServiceTestBed, sound: [Snapshot]) {
        let bed = try await ServiceTestBed()
        try await bed.apply(Self.services.flatMap(\.changes))
        return (bed, try await bed.snapshots())
    }

    /// Repairs, and expects the tables to be sound again.
    private func expectRepair(
        of bed: ServiceTestBed,
        to sound: [Snapshot],
        _ comment: Comment,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        do {
            try await bed.synchronize()
        } catch {
            Issue.record("\(comment): \(error)", sourceLocation: sourceLocation)
            return
        }
        for (before, after) in zip(sound, try await bed.snapshots()) {
            #expect(before.differences(from: after) == [], comment, sourceLocation: sourceLocation)
        }
        let generation = try await bed.nftables.generation()
        try await bed.synchronize()
        let isQuiet = try await bed.nftables.generation() == generation
        #expect(isQuiet, "\(comment): repaired once and for all", sourceLocation: sourceLocation)
    }

    private func expectService(by bed: ServiceTestBed, _ comment: Comment) async {
        for family in IPFamily.allCases {
            for (service, kind, servers) in [
                (0, FrontendKind.clusterIP, ["pod", "local", "remote"]), (1, .nodePort, ["local"]),
                (5, .loadBalancer, ["remote"]),
            ] {
                let target = kind.frontend(of: Self.services[service], family, .tcp)
                let expected = bed.answers(by: servers, to: "client", family, isMasqueraded: service != 1)
                let seen = await bed.outcomes(from: "client", to: target, expecting: expected, least: 1)
                #expect(seen == expected, "\(comment): \(target)")
            }
        }
    }

    @Test(
        arguments: [
            "flush ruleset", "delete table ip trama", "delete table ip6 trama", "flush table ip trama",
            "flush table ip6 trama", "add table ip trama { flags dormant; }",
            "flush set ip trama cluster-ips; flush map ip6 trama frontends; flush map ip trama endpoints",
            "delete table ip trama; add table ip trama; add chain ip trama frontends",
            "delete table ip trama; add table ip trama; add set ip trama endpoints { type ipv4_addr; }",
            "add rule ip trama services-prerouting tcp dport 80 drop",
            "insert rule ip trama lb-3 counter accept; insert rule ip6 trama check-unserved drop",
            "add chain ip trama theirs { type filter hook prerouting priority -400; policy drop; }",
            """
            add set ip trama theirs { type ipv4_addr; elements = { 1.2.3.4 }; };
            add chain ip trama mine; add rule ip trama mine ip saddr @theirs goto lb-3;
            insert rule ip trama services-output ip daddr { 10.9.9.9, 10.9.9.10 } jump mine
            """,
            """
            add chain ip trama a; add chain ip trama b; add rule ip trama a jump b; add rule ip trama b goto reject-connection;
            add map ip trama verdicts { type ipv4_addr : verdict; elements = { 1.2.3.4 : jump a, 1.2.3.5 : goto external-3 }; };
            add rule ip trama services-output ip daddr vmap @verdicts
            """,
            "add element ip trama cluster-ips { 10.77.0.1 }; add element ip trama service-cidrs { 10.78.0.0/16 }",
            "add element ip6 trama pod-cidrs { fd77::/64 }; add element ip trama hairpin { 10.0.1.1 . 10.0.1.2 }",
            "add element ip trama no-endpoints { 172.30.0.1 . tcp . 80 : drop }",
            "add element ip trama frontends { 10.77.0.1 . tcp . 80 : drop }",
            "add element ip trama frontends { 10.77.0.1 . tcp . 80 : goto lb-3 }",
            "add element ip trama allowed-sources { 203.0.113.6 . tcp . 80 . 192.168.0.0-192.168.0.6 }",
            "add element ip trama allowed-sources { 203.0.113.6 . tcp . 81-90 . 10.0.1.0/24 }",
            "add rule ip trama external-local-2-1 counter; flush chain ip6 trama masquerade-postrouting",
            """
            flush chain ip trama services-prerouting; delete chain ip trama services-prerouting;
            add chain ip trama services-prerouting
            """,
        ]
    )
    func `what somebody does to the tables with nft is put right`(commands: String) async throws {
        let (bed, sound) = try await bed()
        for command in commands.split(separator: ";\n") {
            try await bed.node.run("nft", "-f", "-", input: command + "\n")
        }
        try await expectRepair(of: bed, to: sound, "\(commands)")
        await expectService(by: bed, "\(commands)")
        try await bed.listing()
    }

    @Test func `each element that is deleted comes back`() async throws {
        let (bed, sound) = try await bed()
        for planner in bed.planners {
            let table = planner.table
            let read = try #require(try await bed.nftables.snapshot(of: table) { StickyMap(name: $0.name) == nil })
            for (set, elements) in read.elements.sorted(by: { $0.key < $1.key }) where !elements.isEmpty {
                // The first, the last, and one in the middle. Of plain intervals the kernel deletes only whole ones.
                if set != "service-cidrs", set != "pod-cidrs" {
                    var damage = Transaction()
                    damage.deleteElements(
                        Set([0, elements.count / 2, elements.count - 1]).sorted().map { elements[$0].keyOnly },
                        set: set,
                        in: table
                    )
                    try await bed.nftables.commit(damage)
                    try await expectRepair(of: bed, to: sound, "\(table) \(set)")
                }
                var flush = Transaction()
                flush.flushSet(set, in: table)
                try await bed.nftables.commit(flush)
                try await expectRepair(of: bed, to: sound, "flush of \(table) \(set)")
            }
        }
        await expectService(by: bed, "deleted elements")
    }

    @Test func `each chain that is emptied or added to is as before`() async throws {
        let (bed, sound) = try await bed()
        for (planner, snapshot) in zip(bed.planners, sound) {
            let chains = snapshot.chains.keys.sorted()
            for start in stride(from: 0, to: chains.count, by: 7) {
                var damage = Transaction()
                for (index, chain) in chains[start...].prefix(7).enumerated() {
                    if index % 2 == 0 { damage.flushChain(chain, in: planner.table) }
                    if index % 3 != 0 { damage.addRule([.verdict(.accept)], chain: chain, in: planner.table) }
                }
                try await bed.nftables.commit(damage)
                try await expectRepair(of: bed, to: sound, "chains \(chains[start...].prefix(7))")
            }
        }
        await expectService(by: bed, "emptied chains")
    }

    @Test func `a change that meets a damaged table repairs it`() async throws {
        let (bed, _) = try await bed()
        for command in [
            "flush ruleset", "delete table ip trama", "flush map ip trama endpoints", "flush chain ip trama lb-3",
        ] {
            try await bed.node.run("nft", command)
            let more = ServiceModel("more", number: 20, on: "local") { $0.externalPolicy = .local }
            try await bed.set(more)
            // Where the change itself went through, the monitor tells of the damage.
            try await bed.synchronize()
            await expectService(by: bed, "\(command)")
            try await bed.apply(more.removal)
        }
    }
}

extension Snapshot {
    /// What differs, in words; empty where the tables say the same.
    func differences(from other: Snapshot) -> [String] {
        var found: [String] = []
        // The comment of a table that is there cannot be changed, and says nothing about what it does.
        if table.flags != other.table.flags { found.append("table: \(table) / \(other.table)") }
        for name in Set(chains.keys).union(other.chains.keys).sorted() {
            if chains[name] != other.chains[name] {
                found.append("chain \(name): \(chains[name] as Any) / \(other.chains[name] as Any)")
            }
            let (rules, others) = (rules[name]?.map(\.rule) ?? [], other.rules[name]?.map(\.rule) ?? [])
            if rules != others { found.append("rules of \(name): \(rules.count) / \(others.count)") }
        }
        for name in Set(sets.keys).union(other.sets.keys).sorted() {
            if sets[name] != other.sets[name] {
                found.append("set \(name): \(sets[name] as Any) / \(other.sets[name] as Any)")
            }
            let ours = Set(elements[name] ?? [])
            let theirs = Set(other.elements[name] ?? [])
            for element in ours.subtracting(theirs) { found.append("\(name): \(element) is missing") }
            for element in theirs.subtracting(ours) { found.append("\(name): \(element) is too much") }
        }
        return found
    }
}

extension Element {
    /// What a deletion names.
    fileprivate var keyOnly: Element {
        var element = Element(key, through: keyEnd)
        element.isIntervalEnd = isIntervalEnd
        return element
    }
}
