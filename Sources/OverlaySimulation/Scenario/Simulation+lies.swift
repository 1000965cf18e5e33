public import OverlayCore

/// What a peer with the cluster's token can say that is not so. Its node goes on being honest.
extension Simulation {
    /// A host tells all its neighbours something that is no message of its node's.
    public func say(_ message: MeshMessage, from host: Int) {
        guard let connections = hosts[host].process?.connections, !hosts[host].isPaused else { return }
        for connection in connections.keys.sorted() { send(message, on: connection, from: host, isHonest: false) }
    }

    /// A host tells all its neighbours a lie about others, or nonsense.
    public func lie(from host: Int) {
        let victims = running.filter { $0 != host }
        guard
            let victim = victims.randomElement(using: &generator),
            let other = victims.randomElement(using: &generator),
            let truth = hosts[victim].process?.node.mesh.own,
            let otherTruth = hosts[other].process?.node.mesh.own
        else { return }
        var lie = truth
        switch Int.random(in: 0..<10, using: &generator) {
        case 0:
            // A record that the victim never wrote, newer than its own.
            lie.version += UInt64.random(in: 1...1 << 40, using: &generator)
            lie.name = "nobody"
            lie.endpoints = []
            say(.entries([lie.entry]), from: host)
        case 1:
            // The same, and as if another process of the victim had written it.
            lie.version += 1
            lie.instance = generator.next()
            lie.started -= 1000
            say(.entries([lie.entry]), from: host)
        case 2:
            // Another's record under the victim's key.
            let entry = ReplicatedEntry(
                key: lie.entry.key,
                version: truth.version + 1000,
                value: otherTruth.entry.value
            )
            say(.entries([entry]), from: host)
        case 3:
            // Nonsense under the victim's key.
            let value = (0..<40).map { _ in UInt8.random(in: 0...255, using: &generator) }
            say(.entries([ReplicatedEntry(key: lie.entry.key, version: .max, value: value)]), from: host)
        case 4:
            // Old news.
            lie.version = 1
            lie.underlayMTU = 576
            say(.entries([lie.entry]), from: host)
        case 5:
            say(
                .digest(MeshDigest(root: generator.next(), count: .random(in: 0...(.max), using: &generator))),
                from: host
            )
        case 6:
            say(.buckets((0..<256).map { _ in generator.next() }), from: host)
        case 7:
            let items = (0..<100).map { _ in MeshVersions.Item(hash: generator.next(), fingerprint: generator.next()) }
            say(.versions(MeshVersions(bits: 8, buckets: [0, 7, 255], items: items)), from: host)
        case 8:
            say(.want((0..<100).map { _ in generator.next() }), from: host)
        default:
            // A kind that nobody knows: kept, passed on, and without effect.
            let key = ReplicatedEntry.Key(
                kind: .init(rawValue: 200),
                name: [UInt8.random(in: 0...9, using: &generator)]
            )
            say(.entries([ReplicatedEntry(key: key, version: 1, value: [1, 2, 3])]), from: host)
        }
    }
}
