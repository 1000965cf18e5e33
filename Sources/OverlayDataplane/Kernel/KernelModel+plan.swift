import Addressing
import Netlink

extension KernelModel {
    /// The next requests, in an order in which each can succeed: links and their settings alone, before what needs
    /// them.
    ///
    /// Call again when they are done and the notifications read, until there are none.
    mutating func plan(now: Duration) -> [KernelStep] {
        var steps: [KernelStep] = []
        var waiting: Set<KernelKey> = []
        for key in suspects {
            let isWaiting = retries.isWaiting(key, now: now)
            if !isWaiting { refused.remove(key) }
            if isSettled(key) {
                if refused.contains(key) {
                    // Refused, and nothing wrong in its place.
                    waiting.insert(key)
                } else {
                    retries.succeeded(key)
                    settled(key)
                }
            } else if isWaiting && !refused.contains(key) || isInGrace(key, now: now) {
                waiting.insert(key)
            } else if let step = step(for: key) {
                if isWaiting { waiting.insert(key) }
                steps.append(step)
            }
        }
        suspects = waiting
        // Later phases wait while links are being made: they become steps when the links are there.
        let structural = steps.filter(\.isStructural)
        if !structural.isEmpty {
            let links = Set(structural.compactMap(\.key.link))
            for step in steps where !step.isStructural {
                suspects.insert(step.key)
                if let link = step.key.link, links.contains(link) { excused.insert(step.key) }
            }
            steps = structural
        } else if mayRemove {
            steps += straySteps()
        }
        for step in steps { asked[step.key] = step.result }
        return steps.sorted { $0.order < $1.order }
    }

    /// Removes the routes that stand beside ours.
    private mutating func straySteps() -> [KernelStep] {
        defer { strays = [] }
        return strays.compactMap { route in
            guard let key = route.overlayKey else { return nil }
            return KernelStep(key, .request(.removeRoute(route)), isRemoval: true, isPartial: true)
        }
    }

    private mutating func isInGrace(_ key: KernelKey, now: Duration) -> Bool {
        guard desired.entries[key] == nil, let since = unwanted[key] else { return false }
        if now - since >= grace {
            unwanted[key] = nil
            return false
        }
        return true
    }

    /// Notes when a route was seen that nobody wants.
    mutating func noteUnwanted(_ key: KernelKey, now: Duration) {
        guard case .route = key, desired.entries[key] == nil, unwanted[key] == nil, !released.contains(key) else {
            return
        }
        unwanted[key] = now
    }

    /// When ``plan(now:)`` will have something to do though nothing happens; nil for never.
    func deadline() -> Duration? {
        suspects.lazy.map { key in
            let patience = unwanted[key].map { $0 + grace } ?? .zero
            return max(retries.notBefore(key), patience)
        }.min()
    }
}
