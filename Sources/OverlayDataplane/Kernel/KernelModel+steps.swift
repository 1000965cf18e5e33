import Addressing
import Netlink

extension KernelModel {
    /// What is to be asked of the kernel for an object; nil for nothing, or nothing yet.
    func step(for key: KernelKey) -> KernelStep? {
        guard !isHeld(key) else { return nil }
        if case .link(let name) = key { return linkStep(name) }
        guard let target = target(key) else {
            // What is on somebody else's link is theirs.
            guard
                mayRemove(key), let object = actual[key] ?? (doubtful.contains(key) ? .other : nil),
                key.link.map(isUsable) != false
            else { return nil }
            return removal(of: key, object)
        }
        return setting(of: key, to: target)
    }

    /// Whether an object has to wait for the filters: it could carry frames in plain text that must not be seen.
    private func isHeld(_ key: KernelKey) -> Bool {
        guard isHoldingTunnels, let entry = desired.entries[key] else { return false }
        switch (key, entry.object) {
        case (.flood, _): return true
        case (_, .link(let link)): return link.isTunnel
        default: return false
        }
    }

    private func linkStep(_ name: String) -> KernelStep? {
        let key = KernelKey.link(name)
        guard case .link(let wanted)? = target(key) else {
            guard mayRemove(key), let link = links[name], isOurs(link) else { return nil }
            return KernelStep(key, .request(.deleteLink(link.index)), isRemoval: true)
        }
        guard let present = links[name] else {
            guard let link = wanted.link(named: name, index: usableIndex(of:)) else { return nil }
            return KernelStep(key, .request(.addLink(link)), isPartial: true)
        }
        let difference = wanted.difference(from: present, index: usableIndex(of:))
        guard difference == .none || isOurs(present) else {
            return KernelStep(key, .refuse(Self.foreignLink))
        }
        switch difference {
        case .none: return nil
        case .change(let change):
            // Settings of the kind cannot be changed together with others (“Cannot change mtu”).
            let part = change.kind.map { RouteConnection.LinkChange(kind: $0) } ?? change
            var step = KernelStep(key, .request(.setLink(present.index, part)), isPartial: part != change)
            step.linkIndex = present.index
            return step
        case .other: return KernelStep(key, .request(.deleteLink(present.index)), isPartial: true)
        }
    }

    private static let foreignLink = "a link of this name that is not ours is there; rename or delete it"

    private func setting(of key: KernelKey, to target: KernelObject) -> KernelStep? {
        var step = KernelStep(key, .refuse("nothing to ask"), result: target)
        step.linkIndex = linkIndex(of: key, target)
        let request: RouteRequest?
        switch (key, target) {
        case (.sysctl(let path, _), .sysctl(let value)):
            step.action = .write(path: path, value)
            return step
        case (.address(let link, let address, let length), _):
            request = index(of: link).map { .addAddress(Self.address(address, length, on: $0)) }
        case (.port(let name), .port(let bridge)):
            guard let port = index(of: name), let master = index(of: bridge) else { return nil }
            request = .setLink(port, .init(master: master))
        case (.group(let name), .group(let group)):
            request = index(of: name).map { .setLink($0, .init(group: group)) }
        case (.neighbour(let link, let address), .neighbour(let linkLayer)):
            request = index(of: link).map { .setNeighbour(Self.neighbour(address, linkLayer, on: $0)) }
        case (.forwarding(let link, let address), .forwarding(let destination, let port)):
            request = index(of: link).map { index in
                let entry = FDBEntry(interface: index, address: address, destination: destination, port: port)
                return .replaceForwardingEntry(entry)
            }
        case (.flood(let link, _), .forwarding(let destination, let port)):
            request = index(of: link).map { index in
                let entry = FDBEntry(interface: index, address: .everyone, destination: destination, port: port)
                return .appendForwardingEntry(entry)
            }
        case (.route(let prefix, let metric), .route(let route)):
            guard let route = route.route(to: prefix, metric: metric, index: index(of:)) else { return nil }
            request = owned.contains(key) ? .replaceRoute(route) : .addRoute(route)
        default:
            return nil
        }
        guard let request else { return nil }
        step.action = .request(request)
        return step
    }

    /// The ifindex of the link that an object is on or leads to.
    func linkIndex(of key: KernelKey, _ object: KernelObject) -> UInt32? {
        if case .route(let route) = object { return route.link.flatMap(index(of:)) }
        return key.link.flatMap(index(of:))
    }

    private func removal(of key: KernelKey, _ object: KernelObject) -> KernelStep? {
        let request: RouteRequest?
        switch key {
        case .link, .sysctl, .port, .group:
            return nil
        case .address(let link, let address, let length):
            request = index(of: link).map { .removeAddress(Self.address(address, length, on: $0)) }
        case .neighbour(let link, let address):
            request = index(of: link).map { .removeNeighbour(Self.neighbour(address, nil, on: $0)) }
        case .forwarding(let link, let address):
            request = index(of: link).map { .removeForwardingEntry(FDBEntry(interface: $0, address: address)) }
        case .flood(let link, let destination):
            guard let index = index(of: link) else { return nil }
            var entry = FDBEntry(interface: index, address: .everyone, destination: destination)
            if case .forwarding(_, let port) = object { entry.port = port }
            request = .removeForwardingEntry(entry)
        case .route(let prefix, let metric):
            // The metric and whose it is say which one; IPv4 wants to hear that the scope does not matter.
            let scope: RouteScope = prefix.family == .ipv4 ? .nowhere : .universe
            let metric = metric == 0 ? nil : metric
            let route = Route(to: prefix, type: .unspecified, origin: .trama, scope: scope, metric: metric)
            request = .removeRoute(route)
        }
        return request.map { KernelStep(key, .request($0), isRemoval: true) }
    }

    private static func address(_ address: IPAddress, _ length: Int, on index: UInt32) -> InterfaceAddress {
        let flags: InterfaceAddressFlags = address.family == .ipv6 ? .noDuplicateDetection : []
        return InterfaceAddress(interface: index, address: address, prefixLength: length, flags: flags)
    }

    private static func neighbour(_ address: IPAddress, _ linkLayer: LinkLayerAddress?, on index: UInt32) -> Neighbour {
        Neighbour(interface: index, address: address, linkLayerAddress: linkLayer, origin: .trama)
    }
}
