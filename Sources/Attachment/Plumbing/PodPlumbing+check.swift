import Addressing
import Netlink

extension PodPlumbing {
    /// Looks whether the kernel has all of an attachment.
    ///
    /// - Throws: `.altered` with the first thing that is not as it was made; `.unknownContainer` where the
    ///   namespace is gone.
    public func check(_ attachment: PodAttachment) async throws(AttachmentError) {
        let pod = try openPod(attachment.namespace)
        let problem: String?
        do throws(NetlinkError) {
            problem = try await self.problem(of: attachment, in: pod)
        } catch {
            throw AttachmentError(error)
        }
        guard let problem else { return }
        throw AttachmentError(.altered, "\(attachment.key) is not as it was made: \(problem); attach it anew")
    }

    /// The first thing that is not as it was made.
    private func problem(
        of attachment: PodAttachment,
        in pod: borrowing NetworkNamespace
    ) async throws(NetlinkError) -> String? {
        guard let hostEnd = try await host.link(named: attachment.hostInterface) else {
            return "the host's end \(attachment.hostInterface) is gone"
        }
        guard hostEnd.flags.contains(.up) else { return "the host's end \(attachment.hostInterface) is down" }
        let network = try RouteConnection(in: pod)
        guard let link = try await network.link(named: attachment.key.interface) else {
            return "the interface is gone from \(attachment.namespace)"
        }
        guard link.parent == hostEnd.index else {
            return "the interface in \(attachment.namespace) is not the other end of \(attachment.hostInterface)"
        }
        guard link.flags.contains(.up) else { return "the interface is down" }
        let present = Set(try await network.addresses(interface: link.index).map(\.address))
        for address in attachment.addresses where !present.contains(address) {
            return "the address \(address) is gone"
        }
        if let problem = try await routeProblem(of: attachment, link, network) { return problem }
        return try await hostProblem(of: attachment, hostEnd)
    }

    private func routeProblem(
        of attachment: PodAttachment,
        _ link: Link,
        _ network: RouteConnection
    ) async throws(NetlinkError) -> String? {
        for address in attachment.addresses {
            guard let gateway = attachment.gateway(address.family) else { continue }
            let leadsOut = try await network.routes(family: address.family).contains { route in
                route.nextHops.contains { $0.interface == link.index && $0.gateway == gateway }
            }
            if !leadsOut { return "no route leads to the gateway \(gateway)" }
        }
        return nil
    }

    private func hostProblem(of attachment: PodAttachment, _ hostEnd: Link) async throws(NetlinkError) -> String? {
        if let bridge = attachment.bridge {
            let port = try await host.link(named: bridge)
            return port != nil && port?.index == hostEnd.master
                ? nil : "\(attachment.hostInterface) is no port of \(bridge)"
        }
        for address in attachment.addresses {
            let wanted = attachment.hostRoute(to: address, interface: hostEnd.index)
            let isThere = try await host.routes(family: address.family, origin: wanted.origin).contains {
                $0.destination == wanted.destination && $0.nextHops.first?.interface == hostEnd.index
            }
            if !isThere { return "the host has no route to \(address)" }
        }
        return nil
    }
}

extension PodPlumbing {
    /// Whether there is a namespace at the path.
    func namespaceExists(_ path: String) -> Bool {
        do {
            _ = try openPod(path)
            return true
        } catch {
            return error.code != .unknownContainer
        }
    }

    /// Whether the host's end of an attachment is there.
    func hasHostEnd(_ key: AttachmentKey) async throws(AttachmentError) -> Bool {
        do throws(NetlinkError) {
            return try await host.link(named: key.hostInterface) != nil
        } catch {
            throw AttachmentError(error)
        }
    }
}
