import Logging
import OverlayCore
import OverlayMesh

extension MeshMembership {
    /// Has all peers know the names of this host's containers.
    func setNames(_ names: ContainerNames) async {
        let mesh = await transport.node.mesh
        let key = ContainerNames.key(mesh.own.id)
        let value = names.value
        let present = mesh.entry(key)
        // Who never had a container with a name says nothing.
        guard present.map({ $0.value != value }) ?? !names.addresses.isEmpty else { return }
        await transport.publish([ReplicatedEntry(key: key, version: (present?.version ?? 0) &+ 1, value: value)])
    }

    /// Takes note of what peers say of their containers' names.
    func namesChanged(_ entries: [ReplicatedEntry]) async {
        var changes: [PeerID: ContainerNames] = [:]
        for entry in entries {
            guard let peer = PeerID(bytes: entry.key.name), let names = ContainerNames(value: entry.value) else {
                logger.warning("ignoring names that cannot be read", metadata: ["key": "\(entry.key.name)"])
                continue
            }
            changes[peer] = names
        }
        if !changes.isEmpty { await daemon.namesChanged(changes) }
    }
}
