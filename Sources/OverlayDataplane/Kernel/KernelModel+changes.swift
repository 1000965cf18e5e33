import Addressing
import Netlink

extension KernelModel {
    /// Takes a notification into the picture.
    mutating func take(_ change: RouteChange, now: Duration) {
        switch change {
        case .link(let link): take(link)
        case .linkRemoved(let link): lose(link)
        case .address(let address): take(address, isThere: true)
        case .addressRemoved(let address): take(address, isThere: false)
        case .route(let route): take(route, now: now)
        case .routeRemoved(let route):
            // Of another one than we know of: ours may stand beside it.
            guard route.origin == .trama, let key = route.overlayKey,
                actual[key] == KernelObject(route, name: { names[$0] }) || actual[key] == .other
            else { return }
            set(key, nil)
        case .neighbour(let neighbour): take(neighbour, isThere: true)
        case .neighbourRemoved(let neighbour): take(neighbour, isThere: false)
        case .forwardingEntry(let entry): take(entry, isThere: true)
        case .forwardingEntryRemoved(let entry): take(entry, isThere: false)
        }
    }

    // MARK: Links

    /// Takes a link as it is now, and what follows from its coming, going up and down, and being renamed.
    mutating func take(_ link: Link) {
        if let before = names[link.index], before != link.name, let old = links[before] {
            // What was ours still is, whatever it is called and says of itself.
            if isOurs(old) { owned.insert(.link(link.name)) }
            lose(old)
        }
        let before = links[link.name]
        let isAnother = before?.index != link.index
        if let before, isAnother { lose(before) }
        setLink(link)
        if link.master != before?.master || isAnother { takeBridge(of: link) }
        if link.group != before?.group || isAnother { takeGroup(of: link) }
        guard desired.links.contains(link.name) || isOurs(link) else { return }
        suspect(.link(link.name))
        let (wasUp, isUp) = (before?.flags.contains(.up) == true && !isAnother, link.flags.contains(.up))
        if isAnother { suspectObjects(on: link.name) }
        if wasUp != isUp {
            // IPv4 routes go with a link that goes down, without a word.
            if wasUp { loseRoutes { $0.link == link.name } }
            suspectRoutes(to: link.name)
        }
    }

    /// A link is gone, and all that was on it.
    private mutating func lose(_ link: Link) {
        guard links[link.name]?.index == link.index else { return }
        removeLink(link.index)
        guard desired.links.contains(link.name) else { return }
        suspect(.link(link.name))
        for key in actual.keys where key.link == link.name {
            set(key, nil)
            excused.insert(key)
        }
        loseRoutes { $0.link == link.name }
        suspectRoutes(to: link.name)
        if case .port? = actual[.port(link.name)] { set(.port(link.name), nil) }
        // Its ports are in no bridge now.
        for (name, port) in links where port.master == link.index {
            var port = port
            port.master = nil
            setLink(port)
            suspect(.link(name))
            takeBridge(of: port)
        }
    }

    /// Notes which bridge a link is a port of, where that matters.
    mutating func takeBridge(of link: Link) {
        let key = KernelKey.port(link.name)
        guard desired.entries[key] != nil || actual[key] != nil else { return }
        let bridge = link.master.flatMap { names[$0] }
        set(key, desired.entries[key] == nil ? nil : bridge.map { .port(bridge: $0) })
        suspect(key)
    }

    /// Notes which group a link is in, where that matters.
    mutating func takeGroup(of link: Link) {
        let key = KernelKey.group(link.name)
        guard desired.entries[key] != nil || actual[key] != nil else { return }
        set(key, desired.entries[key] == nil ? nil : .group(link.group ?? 0))
        suspect(key)
    }

    private mutating func suspectObjects(on name: String) {
        for (key, entry) in desired.entries {
            switch entry.object {
            case .link(let link) where link.bridge == name: suspect(key)
            case .port(let bridge) where bridge == name: suspect(key)
            default: if key.link == name { suspect(key) }
            }
            if key.link == name, !key.isLink { excused.insert(key) }
        }
        if let link = links[name] {
            takeBridge(of: link)
            takeGroup(of: link)
        }
    }

    private mutating func suspectRoutes(to name: String) {
        for (key, entry) in desired.entries {
            guard case .route(let route) = entry.object, route.link == name else { continue }
            suspect(key)
            excused.insert(key)
        }
    }

    /// Takes routes for gone that the kernel removes without telling; what is there in spite of that is replaced.
    private mutating func loseRoutes(_ isLost: (OverlayRoute) -> Bool) {
        for (key, object) in actual {
            guard case .route(let route) = object, isLost(route) else { continue }
            set(key, nil)
            excused.insert(key)
            doubtful.insert(key)
        }
    }

    // MARK: What is on links

    private mutating func take(_ address: InterfaceAddress, isThere: Bool) {
        guard let link = names[address.interface], let key = self.key(of: address, on: link) else { return }
        set(key, isThere ? .address : nil)
        // Routes with that source go with it, without a word.
        if !isThere { loseRoutes { $0.source == address.address } }
    }

    private mutating func take(_ neighbour: Neighbour, isThere: Bool) {
        guard let link = names[neighbour.interface], link == desired.state?.node.vxlanDevice else { return }
        let key = KernelKey.neighbour(link: link, neighbour.address)
        guard isThere else { return set(key, nil) }
        set(key, object(of: neighbour, key))
    }

    private mutating func take(_ entry: FDBEntry, isThere: Bool) {
        guard let link = names[entry.interface], let (key, object) = object(of: entry, on: link) else { return }
        set(key, isThere ? object : nil)
    }

    private mutating func take(_ route: Route, now: Duration) {
        guard let key = route.overlayKey else { return }
        if route.origin == .trama {
            let object = KernelObject(route) { names[$0] }
            // Of one that we did not ask for: it may stand in the place of ours, or beside it; a dump tells.
            let isKnown = object == target(key) || object == asked[key]
            if !isKnown, actual[key] != nil || desired.entries[key] != nil { isAmbiguous = true }
            set(key, object)
            noteUnwanted(key, now: now)
        } else if actual[key] != nil {
            // Somebody put another one in the place of ours.
            set(key, nil)
        }
    }

    // MARK: Ours or not

    /// Which object an address is; nil where it is not on our device, or one that the kernel gives every link.
    private func key(of address: InterfaceAddress, on link: String) -> KernelKey? {
        let node = desired.state?.node
        guard link == node?.vxlanDevice || link == node?.wireGuardDevice && address.address.family == .ipv4 else {
            return nil
        }
        if address.address.family == .ipv6, address.address.isLinkLocal { return nil }
        return .address(link: link, address.address, length: address.prefixLength)
    }

    /// What a neighbour is; nil for what the kernel learnt where nothing is wanted.
    private func object(of neighbour: Neighbour, _ key: KernelKey) -> KernelObject? {
        if neighbour.state.contains(.permanent), let address = neighbour.linkLayerAddress {
            return .neighbour(address)
        }
        return desired.entries[key] == nil ? nil : .other
    }

    /// Which object a forwarding entry is; nil where it is not on a tunnel of ours, or learnt where learning is wanted.
    private func object(of entry: FDBEntry, on link: String) -> (KernelKey, KernelObject)? {
        guard entry.isOwn, case .link(let wanted)? = desired.entries[.link(link)]?.object,
            case .vxlan(_, _, _, let learning) = wanted.kind
        else { return nil }
        guard !learning || entry.state.contains(.permanent) else { return nil }
        let isLasting = entry.state.contains(.permanent)
        guard let destination = entry.destination else { return (.forwarding(link: link, entry.address), .other) }
        let object = isLasting ? KernelObject.forwarding(destination, port: entry.port) : .other
        let isFlood = entry.address == .everyone
        return (isFlood ? .flood(link: link, destination) : .forwarding(link: link, entry.address), object)
    }

    /// Takes all our routes; of several to one destination the one that is wanted counts.
    private mutating func takeRoutes(_ routes: [Route]) {
        var first: [KernelKey: Route] = [:]
        strays = []
        for route in routes where route.origin == .trama {
            guard let key = route.overlayKey else { continue }
            let object = KernelObject(route) { names[$0] }
            if let other = first[key] {
                let isWanted = object == target(key)
                strays.append(isWanted ? other : route)
                guard isWanted else { continue }
            }
            first[key] = route
            set(key, object)
        }
        isAmbiguous = false
    }

    // MARK: Dumps

    /// What was read of the whole kernel.
    struct Dump {
        var links: [Link] = []
        var addresses: [InterfaceAddress] = []
        /// Of ``RouteOrigin/trama``.
        var routes: [Route] = []
        var neighbours: [Neighbour] = []
        var forwardingEntries: [FDBEntry] = []
        /// Settings, by path.
        var sysctls: [String: String] = [:]
    }

    /// Takes the whole kernel into the picture, in the place of what was there.
    mutating func take(_ dump: Dump, now: Duration, isFirst: Bool) {
        forgetActual()
        for link in dump.links { setLink(link) }
        for link in dump.links {
            takeBridge(of: link)
            takeGroup(of: link)
        }
        for address in dump.addresses { take(address, isThere: true) }
        takeRoutes(dump.routes)
        for neighbour in dump.neighbours { take(neighbour, isThere: true) }
        for entry in dump.forwardingEntries { take(entry, isThere: true) }
        for key in desired.entries.keys {
            guard case .sysctl(let path, _) = key else { continue }
            set(key, dump.sysctls[path].map { .sysctl($0) })
        }
        suspectEverything(now: now, isFirst: isFirst)
    }
}
