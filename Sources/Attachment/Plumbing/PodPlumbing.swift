import Addressing
import Glibc
public import Netlink

/// Makes and removes what the kernel has of an attachment: the veth pair, its addresses, routes and neighbours.
///
/// In the pod network the container has its address alone (/32, /128) and a default route by way of a gateway that
/// nobody is: a permanent neighbour entry leads to the host's end. The host has a route to each address, and asks for
/// its hardware address, which plug-ins that come later may change. In a bridged network the host's end is a port of
/// the bridge.
public final class PodPlumbing: Sendable {
    /// The host's own namespace.
    let hostNamespace: NetworkNamespace
    /// The host's links and routes.
    let host: RouteConnection

    /// Plumbing for the containers of a host.
    ///
    /// - Parameter namespace: The host's own.
    public init(in namespace: borrowing NetworkNamespace) throws(NetlinkError) {
        hostNamespace = try namespace.duplicate()
        host = try RouteConnection(in: namespace)
    }

    /// Makes all of it; what is left of an earlier attempt is replaced, what others made is left alone.
    ///
    /// After a failure nothing is left.
    ///
    /// - Returns: The attachment, with ``PodAttachment/isDefault`` as the container's other routes want it.
    /// - Throws: `.interfaceExists` where the container has another interface of that name, `.addressUnavailable`
    ///   where the host has a route for one of the addresses already.
    public func attach(_ attachment: PodAttachment) async throws(AttachmentError) -> PodAttachment {
        let pod = try openPod(attachment.namespace)
        guard try identifier(of: pod) != identifier(of: hostNamespace) else {
            throw AttachmentError(
                .invalidEnvironment,
                "\(attachment.namespace) is the host's own network namespace: name the container's"
            )
        }
        try await removeHostEnd(attachment.hostInterface)
        do throws(NetlinkError) {
            try await makePair(attachment, pod)
        } catch {
            if error.errno == EEXIST {
                throw AttachmentError(
                    .interfaceExists,
                    "\(attachment.namespace) has an interface \(attachment.key.interface) already: choose another "
                        + "name, or remove it"
                )
            }
            throw AttachmentError(error)
        }
        do {
            try await setUpHostEnd(attachment)
            let made = try await setUpContainer(attachment, pod)
            try await addHostRoutes(made)
            return made
        } catch {
            // What failed is told, not what then fails in cleaning up: the next attempt begins with that.
            try? await removeHostEnd(attachment.hostInterface)
            throw error
        }
    }

    /// Removes all of it; the container's end and every route go with the host's end. Done also where there is none.
    public func remove(_ key: AttachmentKey) async throws(AttachmentError) {
        try await removeHostEnd(key.hostInterface)
    }

    private func removeHostEnd(_ name: String) async throws(AttachmentError) {
        do throws(NetlinkError) {
            guard let link = try await host.link(named: name) else { return }
            try await host.deleteLink(link.index)
        } catch {
            // Deleted meanwhile, as with its container's namespace.
            guard error.errno != ENODEV else { return }
            throw AttachmentError(error)
        }
    }

    // MARK: Steps

    private func makePair(_ attachment: PodAttachment, _ pod: borrowing NetworkNamespace) async throws(NetlinkError) {
        let peer = LinkKind.VethPeer(
            name: attachment.key.interface,
            namespaceDescriptor: pod.fileDescriptor,
            address: attachment.containerLinkAddress,
            mtu: attachment.mtu
        )
        try await host.addLink(
            Link(
                name: attachment.hostInterface,
                kind: .veth(peer: peer),
                mtu: attachment.mtu,
                address: attachment.hostLinkAddress,
                // What is routed is filtered from its first packet on.
                group: attachment.bridge == nil ? Link.podGroup : nil
            )
        )
    }

    private func setUpHostEnd(_ attachment: PodAttachment) async throws(AttachmentError) {
        let name = attachment.hostInterface
        do throws(NetlinkError) {
            // What a container announces as a router is nothing to the host (CVE-2020-10749).
            try setIPv6("accept_ra", "0", of: name, in: hostNamespace)
            // Until its own address is no longer in doubt, which takes up to two seconds, the host could not ask for
            // the container's; two ends have nobody to share an address with.
            try setIPv6("accept_dad", "0", of: name, in: hostNamespace)
            guard let link = try await host.link(named: name) else {
                throw NetlinkError(operation: "find link \(name) that was just made", errno: ENODEV)
            }
            var change = RouteConnection.LinkChange(isUp: true)
            if let bridge = attachment.bridge {
                guard let port = try await host.link(named: bridge) else {
                    throw NetlinkError(
                        operation: "find bridge \(bridge) of network \(attachment.network)",
                        errno: ENODEV
                    )
                }
                change.master = port.index
            }
            try await host.setLink(link.index, change)
        } catch {
            throw AttachmentError(error)
        }
    }

    private func addHostRoutes(_ attachment: PodAttachment) async throws(AttachmentError) {
        guard attachment.bridge == nil else { return }
        do throws(NetlinkError) {
            guard let link = try await host.link(named: attachment.hostInterface) else {
                throw NetlinkError(operation: "find link \(attachment.hostInterface)", errno: ENODEV)
            }
            for address in attachment.addresses {
                try await addHostRoute(attachment.hostRoute(to: address, interface: link.index))
            }
        } catch {
            guard error.errno != EEXIST else {
                throw AttachmentError(
                    .addressUnavailable,
                    "the host has a route to one of the addresses already: somebody else uses it",
                    details: error.description
                )
            }
            throw AttachmentError(error)
        }
    }

    /// Adds the route to a container; the reconciler may have been quicker.
    private func addHostRoute(_ route: Route) async throws(NetlinkError) {
        do throws(NetlinkError) {
            try await host.addRoute(route)
        } catch {
            guard error.errno == EEXIST else { throw error }
            let present = try await host.routes(family: route.destination.family)
            guard present.contains(where: { $0.destination == route.destination && $0.nextHops == route.nextHops })
            else { throw error }
        }
    }

    private func setUpContainer(
        _ attachment: PodAttachment,
        _ pod: borrowing NetworkNamespace
    ) async throws(AttachmentError) -> PodAttachment {
        var attachment = attachment
        let name = attachment.key.interface
        do throws(NetlinkError) {
            let network = try RouteConnection(in: pod)
            let families = Set(attachment.addresses.map(\.family))
            if families.contains(.ipv6) {
                // Runtimes switch IPv6 off in new namespaces where they do not expect it.
                try setIPv6("disable_ipv6", "0", of: name, in: pod)
                try setIPv6("accept_ra", "0", of: name, in: pod)
            }
            if attachment.bridge != nil {
                // The others on the bridge may remember somebody else at these addresses.
                try Sysctl.write(path: "net/ipv4/conf/\(name)/arp_notify", "1", in: pod)
                if families.contains(.ipv6) { try setIPv6("ndisc_notify", "1", of: name, in: pod) }
            }
            guard let link = try await network.link(named: name) else {
                throw NetlinkError(operation: "find link \(name) in \(attachment.namespace)", errno: ENODEV)
            }
            try await network.setLink(1, .init(isUp: true))
            for address in attachment.addresses {
                try await network.addAddress(attachment.interfaceAddress(address, interface: link.index))
            }
            try await network.setLink(link.index, .init(isUp: true))
            for neighbour in attachment.containerNeighbours(interface: link.index) {
                try await network.setNeighbour(neighbour)
            }
            for family in families {
                let others = try await network.routes(family: family)
                if others.contains(where: { $0.destination.length == 0 && $0.type == .unicast }) {
                    attachment.isDefault = false
                }
            }
            for family in families {
                for route in attachment.containerRoutes(family, interface: link.index) {
                    try await network.replaceRoute(route)
                }
            }
            return attachment
        } catch {
            throw AttachmentError(error)
        }
    }

    // MARK: Namespaces

    /// Opens a container's namespace.
    func openPod(_ path: String) throws(AttachmentError) -> NetworkNamespace {
        do throws(NetlinkError) {
            return try NetworkNamespace(path: path)
        } catch {
            guard error.errno == ENOENT || error.errno == ENOTDIR else { throw AttachmentError(error) }
            throw AttachmentError(
                .unknownContainer,
                "there is no network namespace \(path): the container has ended, or never began"
            )
        }
    }

    private func identifier(of namespace: borrowing NetworkNamespace) throws(AttachmentError) -> UInt64 {
        do throws(NetlinkError) {
            return try namespace.identifier()
        } catch {
            throw AttachmentError(error)
        }
    }

    /// Sets `net/ipv6/conf/NAME/…`; nothing where the kernel has no IPv6.
    private func setIPv6(
        _ setting: String,
        _ value: String,
        of name: String,
        in namespace: borrowing NetworkNamespace
    ) throws(NetlinkError) {
        do throws(NetlinkError) {
            try Sysctl.write(path: "net/ipv6/conf/\(name)/\(setting)", value, in: namespace)
        } catch {
            guard error.errno == ENOENT else { throw error }
        }
    }
}

extension AttachmentError {
    /// What the kernel said.
    init(_ error: NetlinkError) {
        self.init(.kernel, "the kernel refused", details: error.description)
    }
}
