import Addressing
import NFTables

/// The fixed part of a family's table, and the rules that follow from the name of each chain that comes and goes.
///
/// Everything that depends on Services and EndpointSlices is an element of the sets and maps here, so that the number of
/// chains and rules does not grow with the number of Services. Hook priorities are part of the interface: other programs
/// order their chains around them.
struct DataplaneLayout: Sendable {
    /// A chain with its rules.
    struct ChainProgram: Sendable {
        var chain: Chain
        var rules: [Rule]
        var name: String { chain.name }
    }

    /// The chain that answers with "port unreachable"; verdict maps cannot hold `reject` itself.
    static let rejectChain = "reject-connection"
    /// Most clients that one sticky map remembers; a bound on memory that a flood of source addresses can take.
    static let stickyMapSize: UInt32 = 1 << 20

    let configuration: DataplaneConfiguration
    let table: TableID
    let sets: [NamedSet]
    let baseChains: [ChainProgram]

    init(configuration: DataplaneConfiguration) {
        self.configuration = configuration
        table = TableID(family: TableFamily(configuration.family), name: configuration.tableName)
        sets = Self.makeSets(configuration.family)
        baseChains = Self.makeBaseChains(configuration)
    }

    /// What makes the whole table, without any Service.
    func creation(_ capacities: SetCapacities) -> [Transaction.Operation] {
        [.addTable(Table(id: table, comment: "Kubernetes Services, written by trama proxy"))]
            + sets.map { .addSet(capacities.sized($0), in: table) }
            + baseChains.map { .addChain($0.chain, in: table) }
            + baseChains.flatMap { chain in chain.rules.map { .addRule($0, chain: chain.name, in: table) } }
    }

    /// Whether what a dump found of the fixed parts could be ours: sets and base chains cannot be changed once made.
    func isCompatible(with snapshot: Snapshot) -> Bool {
        guard
            !snapshot.table.flags.contains(.dormant),
            SetCapacities.sets.allSatisfy({ snapshot.sets[$0] != nil })
        else { return false }
        for set in sets {
            if let present = snapshot.sets[set.name], present.withoutSize != set { return false }
        }
        for base in baseChains {
            if let present = snapshot.chains[base.name], present.hook != base.chain.hook { return false }
        }
        // A chain of ours that somebody gave a hook is not the chain that we go to.
        return snapshot.chains.values.allSatisfy { chain in
            chain.hook == nil || (ClassChain(name: chain.name) == nil && RecordChain(name: chain.name) == nil)
        }
    }

    /// A chain that only rules and elements go to.
    func chain(named name: String) -> Chain { Chain(name) }

    /// What makes a chain and fills it.
    func install(_ chain: Chain, rules: [Rule]) -> [Transaction.Operation] {
        [.addChain(chain, in: table)] + rules.map { .addRule($0, chain: chain.name, in: table) }
    }
}

// MARK: The fixed part

extension DataplaneLayout {
    private static func makeSets(_ family: IPFamily) -> [NamedSet] {
        let address: DataType = family == .ipv4 ? .ipv4Address : .ipv6Address
        let frontend = [address, .inetProtocol, .inetService]
        let slot: [Selector] = [
            .destinationAddress(family), .transportProtocol, .destinationPort, .randomNumber(modulus: 2),
        ]
        let endpoint: [Selector] = [.destinationAddress(family), .destinationPort]
        return [
            NamedSet("frontends", key: frontend, value: .verdict),
            NamedSet(SlotList.cluster.mapName, typeof: slot, value: endpoint),
            NamedSet(SlotList.local.mapName, typeof: slot, value: endpoint),
            NamedSet("no-endpoints", key: frontend, value: .verdict),
            NamedSet("record", key: frontend, value: .verdict),
            NamedSet("cluster-ips", key: [address]),
            NamedSet("hairpin", key: [address, address]),
            NamedSet("filtered-frontends", key: frontend),
            NamedSet("allowed-sources", key: frontend + [address], flags: .interval),
            NamedSet(IntervalSet.serviceCIDRs.name, key: [address], flags: .interval),
            NamedSet(IntervalSet.podPrefixes.name, key: [address], flags: .interval),
        ]
    }

    private static func makeBaseChains(_ configuration: DataplaneConfiguration) -> [ChainProgram] {
        let family = configuration.family
        let frontend: [Selector] = [.destinationAddress(family), .transportProtocol, .destinationPort]
        let isNew = Expression.ifConnection(in: .new)
        func base(
            _ name: String,
            _ type: BaseHook.ChainType,
            _ hook: BaseHook.Hook,
            _ priority: BaseHook.Priority,
            _ rules: [[Expression]]
        )
            -> ChainProgram
        {
            ChainProgram(
                chain: Chain(name, hook: BaseHook(type, hook, priority: priority)),
                rules: rules.map { Rule($0) }
            )
        }
        let checkSources = isNew + [.verdict(.jump("check-sources"))]
        let serve = Expression.load(frontend) + [.lookup(.word(0), in: "frontends", into: .verdict)]
        let unserved = Expression.load(frontend) + [.lookup(.word(0), in: "no-endpoints", into: .verdict)]
        let original: [Selector] = [.originalDestinationAddress(family), .transportProtocol, .originalDestinationPort]
        let record =
            isNew + Expression.ifConnection(has: .destinationNAT) + Expression.load(original)
            + [.lookup(.word(0), in: "record", into: .verdict)]
        let masquerade = Expression.masquerade(.init(flags: .fullyRandom))
        let mark = configuration.masqueradeMark
        return [
            // Reject first: rules of the chains below go there. It cannot run before routing on kernels before 5.9, hence the
            // filter hooks for what has no endpoints.
            //
            // TCP clients get a reset: on a host, the ICMP error meets a socket that `connect` still holds and is ignored
            // until the second SYN, one second later. Both are ECONNREFUSED.
            ChainProgram(
                chain: Chain(rejectChain),
                rules: [
                    Rule(Expression.ifTransport(.tcp) + [.reject(.tcpReset)]), Rule([.rejectPortUnreachable(family)]),
                ]
            ),
            ChainProgram(
                chain: Chain("check-sources"),
                rules: [
                    Rule(
                        Expression.load(frontend) + [.lookup(.word(0), in: "filtered-frontends")]
                            + Expression.load(frontend + [.sourceAddress(family)])
                            + [.lookup(.word(0), in: "allowed-sources", inverted: true), .verdict(.drop)]
                    )
                ]
            ),
            ChainProgram(
                chain: Chain("check-unserved"),
                rules: [
                    Rule(unserved),
                    Rule([
                        .load(.destinationAddress(family), into: .word(0)), .lookup(.word(0), in: "cluster-ips"),
                        .verdict(.goto(rejectChain)),
                    ]),
                    Rule([
                        .load(.destinationAddress(family), into: .word(0)),
                        .lookup(.word(0), in: IntervalSet.serviceCIDRs.name), .verdict(.drop),
                    ]),
                ]
            ),
            base("sources-prerouting", .filter, .prerouting, .dstnat - 10, [checkSources]),
            base("sources-output", .filter, .output, .dstnat - 10, [checkSources]),
            base("services-prerouting", .nat, .prerouting, .dstnat, [serve]),
            base("services-output", .nat, .output, .dstnat, [serve]),
            base("affinity-prerouting", .filter, .prerouting, .dstnat + 1, [record]),
            base("affinity-output", .filter, .output, .dstnat + 1, [record]),
            base("unserved-input", .filter, .input, .filter, [isNew + unserved]),
            base("unserved-forward", .filter, .forward, .filter, [isNew + [.verdict(.goto("check-unserved"))]]),
            base("unserved-output", .filter, .output, .filter, [isNew + [.verdict(.goto("check-unserved"))]]),
            base(
                "masquerade-postrouting",
                .nat,
                .postrouting,
                .srcnat,
                [
                    Expression.ifMark(mark, isSet: true) + Expression.flipMark(mark) + [masquerade],
                    Expression.ifConnection(has: .destinationNAT)
                        + Expression.load([.sourceAddress(family), .destinationAddress(family)])
                        + [.lookup(.word(0), in: "hairpin"), masquerade],
                ]
            ),
        ]
    }
}

// MARK: Chains that come and go

extension DataplaneLayout {
    /// The rules of a class chain.
    func rules(of chain: ClassChain) -> [Rule] {
        let family = configuration.family
        func goto(_ next: ClassChain) -> Expression { .verdict(.goto(next.name)) }
        let mark = Expression.setMark(configuration.masqueradeMark)
        switch chain {
        case .balance(let list, let count, nil):
            let slot: [Selector] = [
                .destinationAddress(family), .transportProtocol, .destinationPort,
                .randomNumber(modulus: UInt32(truncatingIfNeeded: count)),
            ]
            return [
                Rule(Expression.load(slot) + [.lookup(.word(0), in: list.mapName, into: .word(0)), destinationNAT])
            ]
        case .balance(let list, let count, let sticky?):
            return [
                Rule(
                    Expression.ifTransport(sticky.service.transportProtocol)
                        + [
                            .load(.sourceAddress(family), into: .word(0)),
                            .lookup(.word(0), in: sticky.name, into: .word(0)), destinationNAT,
                        ]
                ),
                Rule([goto(.balance(list, count: count, sticky: nil))]),
            ]
        case .internal(let count, let sticky):
            let next = ClassChain.balance(.cluster, count: count, sticky: sticky)
            return [Rule(ifPod(false) + mark), Rule([goto(next)])]
        case .external(let count, let sticky):
            return [Rule(mark), Rule([goto(.balance(.cluster, count: count, sticky: sticky))])]
        case .externalLocal(let cluster, let local, let sticky):
            var rules: [Rule] = []
            if cluster > 0 {
                let all = goto(.balance(.cluster, count: cluster, sticky: sticky?.map(.cluster)))
                if configuration.podDetector != .none { rules.append(Rule(ifPod(true) + [all])) }
                let isNode = Expression.ifAddressType(of: .sourceAddress, is: .local)
                rules += [Rule(isNode + mark), Rule(isNode + [all])]
            }
            if local > 0 { rules.append(Rule([goto(.balance(.local, count: local, sticky: sticky?.map(.local)))])) }
            return rules
        }
    }

    /// `dnat` to the address in the first words and the port in the word after it.
    private var destinationNAT: Expression {
        let words = configuration.family.byteCount / 4
        return .destinationNAT(configuration.family, address: .word(0), port: .word(words))
    }

    /// Goes on if the packet does, or does not, come from a pod; nothing where that cannot be told.
    private func ifPod(_ isPod: Bool) -> [Expression] {
        let comparison: Expression.Compare.Comparison = isPod ? .equal : .notEqual
        func interface(_ name: String, byteCount: Int) -> [Expression] {
            let bytes = Array(name.utf8.prefix(15)) + Array(repeating: 0, count: 16)
            guard let value = RegisterValue(bytes: bytes.prefix(byteCount)) else { return [] }
            return [
                .meta(.load(.incomingInterfaceName, into: .word(0))),
                .compare(Expression.Compare(.word(0), comparison, value)),
            ]
        }
        switch configuration.podDetector {
        case .none:
            return []
        case .prefixes:
            return [
                .load(.sourceAddress(configuration.family), into: .word(0)),
                .lookup(.word(0), in: IntervalSet.podPrefixes.name, inverted: !isPod),
            ]
        case .bridge(let name):
            return interface(name, byteCount: 16)
        case .interfacePrefix(let prefix):
            // Comparing only the name's first bytes is how nft writes `iifname "cali*"`.
            return interface(prefix, byteCount: min(prefix.utf8.count, 15))
        }
    }

    /// The map of client address to endpoint of one ServicePort and list.
    func stickyMap(_ map: StickyMap, label: String) -> NamedSet {
        NamedSet(
            map.name,
            typeof: [.sourceAddress(configuration.family)],
            value: [.destinationAddress(configuration.family), .destinationPort],
            flags: [.dynamic, .timeout],
            size: Self.stickyMapSize,
            comment: label.kernelComment
        )
    }

    /// The names of the chains that record connections of a ServicePort; the one that goes to the others first.
    func recordChainNames(of service: StickyService) -> [String] {
        [RecordChain.bySource(service).name] + SlotList.allCases.map { service.map($0).recordChainName }
    }

    /// The chains that record connections of a ServicePort; those that others go to first.
    ///
    /// They run after the destination was rewritten, so what they record is the endpoint that was chosen. `update` starts the
    /// time anew and never overwrites the endpoint.
    func recordChains(of service: StickyService, timeout: UInt32) -> [ChainProgram] {
        let family = configuration.family
        func goto(_ list: SlotList) -> Expression { .verdict(.goto(service.map(list).recordChainName)) }
        let key = Register.word(0)
        let value = Register.word(family.byteCount / 4)
        let recording = SlotList.allCases.map { list in
            let map = service.map(list)
            return ChainProgram(
                chain: Chain(map.recordChainName),
                rules: [
                    Rule(
                        Expression.load([.sourceAddress(family), .destinationAddress(family), .destinationPort])
                            + [
                                .dynamicSet(
                                    .init(
                                        .update,
                                        in: map.name,
                                        key: key,
                                        value: value,
                                        timeout: .seconds(Int64(timeout))
                                    )
                                )
                            ]
                    )
                ]
            )
        }
        let pods = configuration.podDetector == .none ? [] : [Rule(ifPod(true) + [goto(.cluster)])]
        let bySource = ChainProgram(
            chain: Chain(RecordChain.bySource(service).name),
            rules: pods + [
                Rule(Expression.ifAddressType(of: .sourceAddress, is: .local) + [goto(.cluster)]), Rule([goto(.local)]),
            ]
        )
        return recording + [bySource]
    }
}

extension Rule {
    /// Seconds that the rule gives to what it records in a set; nil where it records nothing.
    var stickyTimeout: UInt32? {
        expressions.lazy.compactMap { expression -> UInt32? in
            guard case .dynamicSet(let update) = expression else { return nil }
            return update.timeout.flatMap { UInt32(exactly: $0.components.seconds) }
        }.first
    }
}
