import Addressing
import Netlink

/// What the kernel is to have, what it has, and how the one becomes the other. Does no I/O.
///
/// What it has is known from dumps and from notifications, never from what was asked for: the kernel queues the
/// notifications of a change before it acknowledges the change, so the picture is right whenever the queue was read.
struct KernelModel {
    /// What is wanted.
    private(set) var desired = DesiredKernel()
    /// Every link of the network namespace, by name.
    private(set) var links: [String: Link] = [:]
    /// The names of the links.
    private(set) var names: [UInt32: String] = [:]
    /// What there is of objects that are ours by their mark or by the link that they are on, or that are wanted.
    private(set) var actual: [KernelKey: KernelObject] = [:]
    /// The objects that may not be as wanted; to be looked at by ``plan(now:)``.
    var suspects: Set<KernelKey> = []
    /// Whether the notifications leave open what there is, so that everything must be read.
    var isAmbiguous = false
    /// Objects that were once in the kernel as ours: what stands in their place is damage, not somebody's property.
    var owned: Set<KernelKey> = []
    /// Objects that are gone because the link that they were on is, or was down; that they come back is no repair.
    var excused: Set<KernelKey> = []
    /// Objects that notifications told of since ``forgetTouched()``.
    private var touched: Set<KernelKey> = []
    /// Routes that the kernel refused: until they are tried again nothing else stands in their place.
    var refused: Set<KernelKey> = []
    /// Routes that the kernel is thought to have removed without telling. Where they are wanted they are put again; where
    /// not, they are removed all the same.
    var doubtful: Set<KernelKey> = []
    /// What the steps that are under way will make of their objects.
    var asked: [KernelKey: KernelObject] = [:]
    /// Routes beside another one of ours to the same destination with the same metric.
    var strays: [Route] = []
    /// Objects that were wanted, or known, and are to go at once.
    var released: Set<KernelKey> = []
    /// Objects that this host wanted itself, and does not want any more: they go also before all members are known, as
    /// it is no other one's to say.
    var dropped: Set<KernelKey> = []
    /// When an object was seen that nobody wants; it goes after a while, as its maker may be about to tell us.
    var unwanted: [KernelKey: Duration] = [:]
    /// Objects that were refused, or that somebody keeps changing.
    var retries = RetrySchedule()
    /// Whether VXLAN devices, and where they flood, are neither made nor changed: encryption is required, and no table of
    /// ours drops plain text yet.
    private(set) var isHoldingTunnels = false
    /// How long an unwanted object may stay.
    let grace: Duration

    /// A model that knows nothing of the kernel.
    init(grace: Duration = .seconds(2), retries: RetrySchedule = RetrySchedule()) {
        self.grace = grace
        self.retries = retries
    }

    /// The ifindex of a link.
    func index(of name: String) -> UInt32? { links[name]?.index }

    /// Whether things may be removed.
    var mayRemove: Bool { desired.state?.isComplete == true }

    /// Whether that object may be removed.
    func mayRemove(_ key: KernelKey) -> Bool { mayRemove || dropped.contains(key) }

    /// Follows a change of the state.
    ///
    /// - Returns: The objects that are wanted otherwise than before.
    mutating func update(to state: OverlayState) -> Set<KernelKey> {
        let couldRemove = mayRemove
        var changed = desired.update(to: state)
        if mayRemove, !couldRemove {
            for key in actual.keys where desired.entries[key] == nil { changed.insert(key) }
            for (name, link) in links where desired.entries[.link(name)] == nil && isOurs(link) {
                changed.insert(.link(name))
            }
        }
        suspects.formUnion(changed)
        dropped = dropped.union(desired.dropped).filter { desired.entries[$0] == nil }
        for key in changed {
            retries.forget(key)
            refused.remove(key)
            // It was wanted until now: nobody is about to tell us of it.
            unwanted[key] = nil
            if desired.entries[key] == nil { released.insert(key) } else { released.remove(key) }
            if desired.entries[key] == nil, actual[key] == nil { owned.remove(key) }
            if case .port(let name) = key, let link = links[name] { takeBridge(of: link) }
            if case .group(let name) = key, let link = links[name] { takeGroup(of: link) }
        }
        return changed
    }

    /// Lets tunnels be made, or not.
    mutating func holdTunnels(_ isHolding: Bool) {
        let wasHolding = isHoldingTunnels
        isHoldingTunnels = isHolding
        guard wasHolding, !isHolding else { return }
        for (key, entry) in desired.entries {
            if case .flood = key { suspect(key) }
            if case .link(let link) = entry.object, link.isTunnel { suspect(key) }
        }
    }

    /// What an object is to be like at present: what is wanted, as far as the links that it needs are there.
    func target(_ key: KernelKey) -> KernelObject? {
        guard let entry = desired.entries[key] else { return nil }
        switch (key, entry.object) {
        case (.link, _):
            return entry.object
        case (_, .route) where refused.contains(key):
            return entry.owner == nil ? nil : .route(OverlayRoute(way: .unreachable))
        case (_, .route(let route)):
            guard let link = route.link, !isUsable(link) || links[link]?.flags.contains(.up) != true else {
                return entry.object
            }
            // To a peer, packets are refused until the link is there; a pod's absence is told by the last resort.
            return entry.owner == nil ? nil : .route(OverlayRoute(way: .unreachable))
        case (.port(let name), .port(let bridge)):
            return isUsable(name) && isUsable(bridge) ? entry.object : nil
        default:
            return key.link.map(isUsable) == false ? nil : entry.object
        }
    }

    /// Whether an object is as it is to be.
    func isSettled(_ key: KernelKey) -> Bool {
        guard case .link(let name) = key else {
            return actual[key] == target(key) && !(doubtful.contains(key) && mayRemove)
        }
        guard case .link(let wanted)? = target(key) else { return links[name].map(isOurs) != true }
        guard let link = links[name] else { return wanted.isWaitingForEndpoint }
        return wanted.difference(from: link, index: usableIndex(of:)) == .none
    }

    /// Whether a link is there, and not somebody else's that bears a name of ours.
    func isUsable(_ name: String) -> Bool {
        guard let link = links[name] else { return false }
        return desired.entries[.link(name)] == nil || isOurs(link)
    }

    /// The ifindex of a link that is there, and not somebody else's.
    func usableIndex(of name: String) -> UInt32? { isUsable(name) ? index(of: name) : nil }

    /// Whether a link may be taken for one that we made.
    func isOurs(_ link: Link) -> Bool {
        if OverlayLink.isMarked(link) { return true }
        let key = KernelKey.link(link.name)
        if owned.contains(key) { return true }
        // Made by a process that died before it could leave its mark.
        guard case .link(let wanted)? = desired.entries[key]?.object else { return false }
        if link.address == wanted.address { return true }
        // Or the pod network's, that somebody changed.
        guard link.name == desired.state?.node.vxlanDevice, case .vxlan(let vni, let port, _, _) = wanted.kind,
            case .vxlan(let present) = link.kind
        else { return false }
        return present.id == vni && present.port == port
    }

    /// The links by which the host may have learnt its routers: not ours, no pod's, in no bridge.
    var outerLinks: [String] {
        links.values.filter { link in
            link.name != "lo" && (link.master ?? 0) == 0 && !desired.links.contains(link.name)
                && desired.entries[.link(link.name)] == nil && !OverlayLink.isMarked(link)
        }.map(\.name).sorted()
    }

    // MARK: Changes of the picture

    /// Begins to note what notifications tell of.
    mutating func forgetTouched() { touched = [] }

    mutating func set(_ key: KernelKey, _ object: KernelObject?) {
        touched.insert(key)
        doubtful.remove(key)
        guard actual[key] != object else { return }
        actual[key] = object
        suspects.insert(key)
        if object != nil { owned.insert(key) }
    }

    mutating func setLink(_ link: Link) {
        links[link.name] = link
        names[link.index] = link.name
    }

    mutating func removeLink(_ index: UInt32) {
        guard let name = names.removeValue(forKey: index), links[name]?.index == index else { return }
        links[name] = nil
    }

    mutating func suspect(_ key: KernelKey) { suspects.insert(key) }

    /// Forgets what there is, before it is told anew.
    mutating func forgetActual() {
        actual = [:]
        links = [:]
        names = [:]
    }

    /// Takes everything for suspect, after everything was read.
    ///
    /// - Parameter isFirst: Whether it is the first time: what nobody wants was left by an earlier process, and is not
    ///   left alone for a while.
    mutating func suspectEverything(now: Duration, isFirst: Bool) {
        suspects.formUnion(desired.entries.keys)
        for key in actual.keys {
            if !isFirst { noteUnwanted(key, now: now) }
            suspects.insert(key)
        }
        for (name, link) in links where OverlayLink.isMarked(link) { suspects.insert(.link(name)) }
        unwanted = unwanted.filter { actual[$0.key] != nil && desired.entries[$0.key] == nil }
    }

    /// Takes what became of a step, after the notifications that followed it.
    mutating func conclude(_ step: KernelStep, _ failure: NetlinkError?, now: Duration) {
        if let failure, !isSuccess(failure, of: step) {
            if failure.isMissing, step.linkIndex != nil, step.linkIndex != step.key.link.flatMap(index(of:)) {
                // Its link went meanwhile; what is to be done then is another step.
                return suspect(step.key)
            }
            retries.refused(step.key, reason: explain(failure, of: step), now: now)
            suspects.insert(step.key)
            if case .route = step.key, !step.isRemoval { refused.insert(step.key) }
            return
        }
        if case .request(.addLink) = step.action { owned.insert(step.key) }
        if failure == nil, step.isRemoval, !step.isPartial, mayHaveSibling(step.key) {
            // Only when the kernel has none left it is sure that there is none beside it.
            set(step.key, nil)
            doubtful.insert(step.key)
            return suspect(step.key)
        }
        // Where the kernel had nothing to change it tells nothing; of an IPv6 address it tells later.
        if !step.isPartial, !touched.contains(step.key) {
            if let result = step.result, linkIndex(of: step.key, result) != step.linkIndex {
                // It went onto a link that has another name by now.
                return suspect(step.key)
            }
            set(step.key, step.isRemoval ? nil : step.result)
        }
        if isSettled(step.key) {
            retries.succeeded(step.key)
            settled(step.key)
        } else if isMadeOtherwise(step) || !step.isPartial && !touched.contains(step.key) {
            retries.refused(step.key, reason: "the kernel keeps it otherwise than asked", now: now)
            suspects.insert(step.key)
        } else if !step.isPartial {
            // Somebody was quicker, or the kernel makes something else of it: not for ever at this pace.
            retries.repaired(step.key, now: now)
            suspect(step.key)
        }
    }

    /// Whether another route of ours to the same destination may be removed by removing one.
    ///
    /// Not where there is one of another metric, since IPv4 takes a metric of 0 for any.
    private func mayHaveSibling(_ key: KernelKey) -> Bool {
        guard case .route(let prefix, _) = key else { return false }
        let last = OverlayRoute.lastResortMetric
        let others = [OverlayRoute.metric(prefix.family), last, last + 1].map { KernelKey.route(prefix, metric: $0) }
        return others.allSatisfy { $0 == key || actual[$0] == nil && desired.entries[$0] == nil }
    }

    /// Whether a refusal says that everything is as it was to be.
    private func isSuccess(_ failure: NetlinkError, of step: KernelStep) -> Bool {
        if case .address = step.key, failure.isExisting { return true }
        return step.isRemoval && failure.isMissing
    }

    /// Forgets what was noted of an object that is as it is to be.
    mutating func settled(_ key: KernelKey) {
        excused.remove(key)
        released.remove(key)
        asked[key] = nil
        refused.remove(key)
        // Whatever bears its name from now on is damage.
        if case .link(let name) = key, links[name] != nil, desired.entries[key] != nil { owned.insert(key) }
        dropped.remove(key)
    }

    /// Whether a link that was just made is not what was asked for, and making it again would not help.
    private func isMadeOtherwise(_ step: KernelStep) -> Bool {
        guard case .request(.addLink(let link)) = step.action, case .link(let wanted)? = target(step.key),
            let present = links[link.name]
        else { return false }
        return wanted.difference(from: present, index: usableIndex(of:)) == .other
    }

    private func explain(_ failure: NetlinkError, of step: KernelStep) -> String {
        guard case .route(let prefix, _) = step.key, failure.isExisting else { return failure.description }
        return "a route to \(prefix) that is not ours is there; remove it, or choose other ranges for the cluster"
    }
}
