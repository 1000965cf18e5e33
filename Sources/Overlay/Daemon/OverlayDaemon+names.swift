import Attachment
import OverlayCore

extension OverlayDaemon {
    /// Other peers say these names of their containers now.
    func namesChanged(_ changes: [PeerID: ContainerNames]) {
        for (peer, names) in changes where peer != own.id { self.names.told[peer] = names }
        serveNames()
    }

    /// Says which names this host's containers have, where that is new.
    func announceNames() async {
        let own = ContainerNames(attachments)
        guard names.told[self.own.id] != own else { return }
        names.told[self.own.id] = own
        serveNames()
        await (provider as? MeshMembership)?.setNames(own)
    }

    /// Serves the names of who is a member, this host among them.
    func serveNames() {
        names.serve { $0 == own.id || view.members[$0] != nil }
    }

    /// Refuses a name that nobody would get to know.
    func checkName(of request: AttachRequest) throws(CommandRefusal) {
        guard !request.name.isEmpty else { return }
        guard provider is MeshMembership else {
            throw CommandRefusal("--name \(request.name): names need the mesh (--membership-provider mesh)")
        }
        guard request.network == AttachableNetwork.pods else {
            throw CommandRefusal("--name \(request.name): only containers of the pod network have names")
        }
    }
}
