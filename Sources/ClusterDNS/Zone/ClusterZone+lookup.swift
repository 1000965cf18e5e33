import Addressing

extension ClusterZone {
    /// Aliases that are followed before the rest is left to others.
    private static let aliasLimit = 8
    /// The version of the specification that names follow.
    private static let specification = "1.1.0"

    /// What the zone knows of a question of class IN.
    ///
    /// - Parameters:
    ///   - question: The question; answers have its name as it is spelled.
    ///   - generator: Chooses which of several records comes first.
    public func answer(
        _ question: DNSMessage.Question,
        using generator: inout some RandomNumberGenerator
    ) -> ZoneAnswer {
        guard question.name.isWithin(configuration.domain) else {
            return answerReverse(question, using: &generator)
        }
        var answers: [DNSMessage.Record] = []
        var name = question.name
        for _ in 0...Self.aliasLimit {
            var found = find(name, question.type, using: &generator)
            // Who asks for everything, or for the alias itself, is not led to another name (RFC 1034, 4.3.2).
            guard case .alias(let target)? = found.first?.data, question.type != .cname, question.type != .any else {
                return .complete(content(&found, of: name, question.type, after: answers, using: &generator))
            }
            answers += found.records
            name = target
            guard target.isWithin(configuration.domain) else {
                return .continues(ZoneAnswer.Content(answers: answers), at: target)
            }
        }
        // Aliases that go round lead nowhere; what was found of them is the answer.
        return .complete(ZoneAnswer.Content(answers: answers))
    }

    /// What stands under a name.
    private struct Found {
        var exists: Bool
        var records: [DNSMessage.Record] = []
        var additionals: [DNSMessage.Record] = []

        static let nothing = Found(exists: false)
        /// A name without records of the type.
        static let name = Found(exists: true)

        var first: DNSMessage.Record? { records.first }
    }

    private func content(
        _ found: inout Found,
        of name: DNSName,
        _ type: RecordType,
        after aliases: [DNSMessage.Record],
        using generator: inout some RandomNumberGenerator
    ) -> ZoneAnswer.Content {
        found.records.rotate(using: &generator)
        return ZoneAnswer.Content(
            code: found.exists ? .noError : .noSuchName,
            answers: aliases + found.records,
            authorities: found.records.isEmpty ? [beginning] : [],
            additionals: found.additionals
        )
    }

    private func record(_ name: DNSName, _ data: RecordData) -> DNSMessage.Record {
        DNSMessage.Record(name, data, timeToLive: configuration.timeToLive)
    }

    private func subdomain(_ labels: String...) -> DNSName {
        labels.reversed().reduce(configuration.domain) { $0.prepending(Array($1.utf8)) ?? $0 }
    }

    /// The SOA record.
    private var beginning: DNSMessage.Record {
        record(
            configuration.domain,
            .authority(
                StartOfAuthority(
                    server: subdomain("ns", "dns"),
                    mailbox: subdomain("hostmaster"),
                    serial: serial,
                    refresh: 7_200,
                    retry: 1_800,
                    expire: 86_400,
                    minimum: configuration.timeToLive
                )
            )
        )
    }

    // MARK: Names

    private func find(
        _ name: DNSName,
        _ type: RecordType,
        using generator: inout some RandomNumberGenerator
    ) -> Found {
        guard let labels = name.labels(before: configuration.domain) else { return .nothing }
        switch labels.count {
        case 0: return findDomain(name, type)
        case 1:
            switch labels[0] {
            case "svc", "pod", "dns": return .name
            case "dns-version":
                guard type == .txt || type == .any else { return .name }
                return Found(exists: true, records: [record(name, .text([Array(Self.specification.utf8)]))])
            default: return .nothing
            }
        default: break
        }
        switch (labels.count, labels[labels.count - 1]) {
        case (2, "dns"):
            return labels[0] == "ns" ? addresses(serverAddresses, of: name, type) : .nothing
        case (2, "svc"):
            return namespaces[labels[0]] == nil ? .nothing : .name
        case (2, "pod"):
            return .name
        case (3, "pod"):
            guard let address = IPAddress(dashed: labels[0]) else { return .nothing }
            return addresses([address], of: name, type)
        case (3..., "svc"):
            let service = ServiceName(namespace: labels[labels.count - 2], name: labels[labels.count - 3])
            guard let entry = entries[service], let records = entry.service else { return .nothing }
            return find(labels.dropLast(3), below: service, entry, records, name, type, using: &generator)
        default:
            return .nothing
        }
    }

    private func findDomain(_ name: DNSName, _ type: RecordType) -> Found {
        switch type {
        case .soa, .any:
            var record = beginning
            record.name = name
            return Found(exists: true, records: [record])
        case .ns:
            let server = subdomain("ns", "dns")
            return Found(
                exists: true,
                records: [record(name, .nameServer(server))],
                additionals: serverAddresses.map { record(server, .address($0)) }
            )
        default: return .name
        }
    }

    /// The addresses of the name server.
    private var serverAddresses: [IPAddress] {
        let service = entries[ServiceName(namespace: "kube-system", name: "kube-dns")]?.service
        if case .virtual(let addresses)? = service?.kind, !addresses.isEmpty { return addresses }
        return configuration.serverAddresses
    }

    private func addresses(_ addresses: some Sequence<IPAddress>, of name: DNSName, _ type: RecordType) -> Found {
        Found(
            exists: true,
            records: addresses.filter { $0.matches(type) }.map { record(name, .address($0)) }
        )
    }

    /// What stands under a Service's name, or labels before it.
    private func find(
        _ labels: ArraySlice<String>,
        below service: ServiceName,
        _ entry: Entry,
        _ records: ServiceRecords,
        _ name: DNSName,
        _ type: RecordType,
        using generator: inout some RandomNumberGenerator
    ) -> Found {
        if case .alias(let target) = records.kind {
            return labels.isEmpty ? Found(exists: true, records: [record(name, .alias(target))]) : .nothing
        }
        guard let first = labels.first, let last = labels.last else {
            var found = findService(entry, records, name, type)
            if type == .srv, found.exists {
                found = locations(of: service, entry, records, name, using: &generator) { _ in true }
                found.exists = true
            }
            return found
        }
        guard last.hasPrefix("_") else {
            guard labels.count == 1, let addresses = entry.hosts[first] else { return .nothing }
            return self.addresses(addresses.distinct(), of: name, type)
        }
        let transport = String(last.dropFirst())
        switch labels.count {
        case 1:
            return records.ports.contains { $0.transport == transport } ? .name : .nothing
        case 2 where first.hasPrefix("_"):
            let portName = String(first.dropFirst())
            let found = locations(of: service, entry, records, name, using: &generator) { port in
                !port.name.isEmpty && port.name == portName && port.transport == transport
            }
            return found.exists && type != .srv && type != .any ? .name : found
        default:
            return .nothing
        }
    }

    private func findService(
        _ entry: Entry,
        _ records: ServiceRecords,
        _ name: DNSName,
        _ type: RecordType
    ) -> Found {
        switch records.kind {
        case .virtual(let addresses):
            return self.addresses(addresses, of: name, type)
        case .headless:
            // By the specification, without a ready endpoint there is no such name.
            guard !entry.addresses.sorted.isEmpty else { return .nothing }
            return addresses(entry.addresses.sorted, of: name, type)
        case .alias:
            return .nothing
        }
    }

    /// SRV records of the ports that are wanted.
    private func locations(
        of service: ServiceName,
        _ entry: Entry,
        _ records: ServiceRecords,
        _ name: DNSName,
        using generator: inout some RandomNumberGenerator,
        where isWanted: (ServiceRecords.Port) -> Bool
    ) -> Found {
        let own = subdomain(service.name, service.namespace, "svc")
        var found = Found.nothing
        // Ports that differ in their protocol only are one record: no set has one twice (RFC 2181, 5).
        var seen: Set<DNSMessage.Record> = []
        switch records.kind {
        case .virtual(let addresses):
            for port in records.ports where isWanted(port) {
                let record = record(name, .service(ServiceLocation(weight: 100, port: port.number, target: own)))
                if seen.insert(record).inserted { found.records.append(record) }
            }
            if !found.records.isEmpty { found.additionals = addresses.map { record(own, .address($0)) } }
        case .headless(let publishesNotReady):
            var hosts: Set<DNSMessage.Record> = []
            for (_, slice) in entry.slices.sorted(by: { $0.key < $1.key }) {
                for port in slice.ports where isWanted(port) {
                    for endpoint in slice.endpoints
                    where endpoint.counts(publishingNotReady: publishesNotReady) {
                        guard let target = own.prepending(endpoint.label) else { continue }
                        let location = ServiceLocation(weight: 1, port: port.number, target: target)
                        let record = record(name, .service(location))
                        if seen.insert(record).inserted { found.records.append(record) }
                        let host = self.record(target, .address(endpoint.address))
                        if hosts.insert(host).inserted { found.additionals.append(host) }
                    }
                }
            }
        case .alias: break
        }
        found.exists = !found.records.isEmpty
        found.additionals.rotate(using: &generator)
        return found
    }

    // MARK: Addresses

    private func answerReverse(
        _ question: DNSMessage.Question,
        using generator: inout some RandomNumberGenerator
    ) -> ZoneAnswer {
        guard let address = ReverseName.address(question.name), let pointers = pointers[address] else {
            return .elsewhere
        }
        var found = Found.name
        if question.type == .ptr || question.type == .any {
            found.records = pointers.distinct().compactMap { pointer in
                let service = subdomain(pointer.service.name, pointer.service.namespace, "svc")
                let name = pointer.host.map { service.prepending($0) } ?? service
                return name.map { record(question.name, .pointer($0)) }
            }
        }
        return .complete(content(&found, of: question.name, question.type, after: [], using: &generator))
    }
}

extension IPAddress {
    /// Whether records of that type, or of any, hold such addresses.
    func matches(_ type: RecordType) -> Bool {
        type == .any || type == (family == .ipv4 ? .a : .aaaa)
    }
}

extension Array {
    /// Moves a random number of elements from the front to the end.
    mutating func rotate(using generator: inout some RandomNumberGenerator) {
        guard count > 1 else { return }
        let shift = Int.random(in: 0..<count, using: &generator)
        if shift > 0 { self = Array(self[shift...] + self[..<shift]) }
    }
}

extension Array where Element: Hashable {
    /// The elements without repetitions, in order.
    fileprivate func distinct() -> [Element] {
        guard count > 1 else { return self }
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
