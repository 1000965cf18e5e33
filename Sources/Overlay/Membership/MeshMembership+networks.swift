import Addressing
import Logging
import OverlayCore
import OverlayMesh

extension MeshMembership {
    /// Takes note of which bridged networks there are.
    func networksChanged() async {
        // One at a time, so that what is read last is told last.
        while isReadingNetworks, !Task.isCancelled {
            let ticket = readers.enter()
            await ticket.wait(until: .now + .seconds(60))
            readers.leave(ticket)
        }
        isReadingNetworks = true
        defer {
            isReadingNetworks = false
            readers.call()
        }
        let entries = await transport.node.mesh.entries(of: .network)
        var networks: [String: NetworkRecord] = [:]
        for entry in entries {
            guard let name = String(validating: entry.key.name, as: UTF8.self),
                NetworkRecord.problem(ofName: name) == nil,
                let record = NetworkRecord(value: entry.value)
            else {
                logger.warning("ignoring a network that cannot be read", metadata: ["key": "\(entry.key.name)"])
                continue
            }
            if !record.isRemoved { networks[name] = record }
        }
        for (name, record) in shared where networks[name] != record {
            shared[name] = nil
            joined.remove(name)
            await transport.removeRange(network: name)
        }
        for (name, record) in networks where shared[name] == nil { await share(name, record, isNew: false) }
        await daemon.networksChanged(networks)
    }

    func join(network: String) async {
        guard let record = await record(of: network), joined.insert(network).inserted else { return }
        if shared[network] == nil { await share(network, record, isNew: false) }
        let blocks = await transport.node.blocks(ofNetwork: network)
        for range in record.sharedRanges(network: network)
        where !blocks.contains(where: { range.prefix.contains($0.address) }) {
            await transport.needBlock(range.family, network: network)
        }
    }

    /// Takes part in sharing out a network's ranges; blocks that containers have addresses of are in use from the start.
    ///
    /// - Parameter isNew: We have just made the network, and have all of its ranges.
    private func share(_ network: String, _ record: NetworkRecord, isNew: Bool) async {
        shared[network] = record
        let addresses = await daemon.addresses(inNetwork: network)
        for range in record.sharedRanges(network: network) {
            let blocks = addresses.filter { range.prefix.contains($0) }
                .compactMap { IPPrefix($0, length: range.blockLength) }
            await transport.addRange(range, owns: isNew, blocks: Set(blocks).sorted())
        }
    }

    func leave(network: String) async {
        guard joined.remove(network) != nil else { return }
        for block in await transport.node.blocks(ofNetwork: network) {
            await transport.releaseBlock(block, network: network)
        }
    }

    /// Makes a network, of whose range we have all at first.
    func create(network: String, _ record: NetworkRecord) async {
        if await self.record(of: network) == nil { await share(network, record, isNew: true) }
        await publish(network, record)
        await networksChanged()
    }

    func remove(network: String, _ record: NetworkRecord) async {
        var record = record
        record.isRemoved = true
        await publish(network, record)
        await networksChanged()
    }

    private func record(of network: String) async -> NetworkRecord? {
        let record = await transport.node.mesh.entry(NetworkRecord.key(network)).flatMap {
            NetworkRecord(value: $0.value)
        }
        return record?.isRemoved == false ? record : nil
    }

    /// Has all peers know a network.
    private func publish(_ name: String, _ record: NetworkRecord) async {
        let key = NetworkRecord.key(name)
        let version = await transport.node.mesh.entry(key)?.version ?? 0
        await transport.publish([ReplicatedEntry(key: key, version: version &+ 1, value: record.value)])
    }
}
