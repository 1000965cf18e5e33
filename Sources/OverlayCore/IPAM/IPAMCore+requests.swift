internal import Addressing

extension IPAMCore {
    /// Asks an owner that has free space for some; where nobody has any, looks again later.
    mutating func ask(_ key: Pool.Key, _ view: some IPAMView, _ step: inout IPAMStep) {
        guard foundingDeadline == nil, let ring = rangeIndices(key).first.flatMap({ ranges[$0].ring }) else {
            // There is no ring yet: a request from before a restart must not be due all the time.
            if let request = pools[key]?.request, request.deadline <= step.now {
                pools[key]?.request?.deadline = max(foundingDeadline ?? .zero, step.now + .milliseconds(200))
            }
            return
        }
        var request = pools[key]?.request ?? Pool.Request(deadline: step.now, since: step.now)
        guard step.now >= request.deadline else { return }
        if !askNeighbour(MeshLack(ring: ring, family: key.family), key, &request, view, &step) {
            askAnyone(ring, key, &request, view, &step)
        }
        if !request.wasReported, step.now >= request.since + configuration.decisionTimeout {
            request.wasReported = true
            step.fail(waitingText(key, request, view))
        }
        pools[key]?.request = request
    }

    /// How often neighbours are asked, or waited for, before all peers hear of the request.
    private static let neighbourAttempts = 4

    /// Asks a neighbour: nobody else need know of it. Where no neighbour has any space to spare, waits for a moment: in
    /// a cluster that begins, space comes from neighbour to neighbour.
    ///
    /// - Returns: Whether that was done; no longer after some attempts.
    private mutating func askNeighbour(
        _ lack: MeshLack,
        _ key: Pool.Key,
        _ request: inout Pool.Request,
        _ view: some IPAMView,
        _ step: inout IPAMStep
    ) -> Bool {
        guard request.neighbourAttempts < Self.neighbourAttempts else { return false }
        let (neighbour, ownersAreReachable) = chooseNeighbour(lack, key, except: request.donor, view)
        request.donor = neighbour
        guard ownersAreReachable else { return false }
        request.neighbourAttempts += 1
        request.obstacle = nil
        let patience = neighbour == nil ? configuration.requestTimeout / 8 : configuration.requestTimeout / 2
        request.deadline = step.now + generator.jittered(patience, 800...1200)
        if let neighbour { step.outputs.append(.ask(neighbour, lack)) }
        return true
    }

    /// Asks any owner, by an entry that reaches it however far away it is.
    private mutating func askAnyone(
        _ ring: UInt64,
        _ key: Pool.Key,
        _ request: inout Pool.Request,
        _ view: some IPAMView,
        _ step: inout IPAMStep
    ) {
        let (donor, obstacle) = chooseDonor(key, except: request.donor, view)
        request.obstacle = obstacle
        let factor = [2, 3, 4, 6, 8, 10][min(request.attempts, 5)]
        request.deadline = step.now + generator.jittered(configuration.requestTimeout / 2 * factor, 800...1200)
        request.attempts += 1
        guard let donor else { return }
        var asked = SpaceRequest(requester: own, ring: ring, family: key.family, donor: donor, version: 0)
        if let version = step.nextVersion(asked.entry.key, view) {
            asked.version = version
            step.publish(asked.entry)
            request.donor = donor
        }
    }

    /// Takes a request back, if there is one.
    mutating func endRequest(_ key: Pool.Key, _ view: some IPAMView, _ step: inout IPAMStep) {
        guard pools[key]?.request != nil else { return }
        pools[key]?.request = nil
        guard let ring = rangeIndices(key).first.flatMap({ ranges[$0].ring }) else { return }
        let entryKey = SpaceRequest.key(requester: own, ring: ring, family: key.family)
        guard
            let old = step.entry(entryKey, view), !old.value.isEmpty, let version = step.nextVersion(entryKey, view)
        else { return }
        step.publish(ReplicatedEntry(key: entryKey, version: version, value: []))
    }

    /// A neighbour that has free space, at random, the more probably the more it has; another than the one asked last if
    /// there is another. And whether anybody reaches somebody else who owns space. Looks at the whole ring.
    private mutating func chooseNeighbour(
        _ lack: MeshLack,
        _ key: Pool.Key,
        except last: PeerID?,
        _ view: some IPAMView
    ) -> (neighbour: PeerID?, ownersAreReachable: Bool) {
        let unreachable = view.unreachable
        var owned: [PeerID: UInt64] = [:]
        var ownersAreReachable = false
        view.forEachEntry(of: .ring) { entry in
            guard
                let entry = entry.ringEntry, entry.ring == lack.ring, entry.first.family == lack.family,
                entry.owner != own
            else { return }
            if !ownersAreReachable { ownersAreReachable = !unreachable.contains(entry.owner) }
            guard view.isNeighbour(entry.owner), let (_, part) = place(of: entry) else { return }
            owned[entry.owner, default: 0] += part.count
        }
        var best: PeerID?
        var total: UInt64 = 0
        // In the peers' order, since a dictionary's order differs from run to run.
        for (peer, count) in owned.sorted(by: { $0.key < $1.key }) {
            let used = view.member(peer)?.prefixes.count { prefix in
                rangeIndices(key).contains { ranges[$0].range.prefix.contains(prefix.address) }
            }
            guard let used, count > UInt64(used), peer != last || owned.count == 1 else { continue }
            total += count - UInt64(used)
            if UInt64.random(in: 0..<total, using: &generator) < count - UInt64(used) { best = peer }
        }
        return (best, ownersAreReachable)
    }

    /// A reachable owner, at random, the more probably the more free space it has; another than the one asked last if
    /// there is another. Without one: why.
    ///
    /// What owners have in use is known from their records. Looks at the whole ring.
    private mutating func chooseDonor(
        _ key: Pool.Key,
        except last: PeerID?,
        _ view: some IPAMView
    ) -> (donor: PeerID?, obstacle: Pool.Obstacle?) {
        let unreachable = view.unreachable
        var best: PeerID?
        var total: UInt64 = 0
        var lastIsPossible = false
        var someAreReachable = false
        var someAreUnreachable = false
        view.forEachEntry(of: .ring) { entry in
            guard
                let entry = entry.ringEntry, entry.owner != own, entry.first.family == key.family,
                let (index, part) = place(of: entry), ranges[index].range.id == key.range
            else { return }
            if unreachable.contains(entry.owner) || view.isRemoved(entry.owner) {
                someAreUnreachable = true
                return
            }
            someAreReachable = true
            let prefixes = view.member(entry.owner)?.prefixes ?? []
            let used = prefixes.count { $0.address >= entry.first && $0.address <= entry.last }
            guard part.count > UInt64(used) else { return }
            if entry.owner == last {
                lastIsPossible = true
                return
            }
            total += part.count - UInt64(used)
            if UInt64.random(in: 0..<total, using: &generator) < part.count - UInt64(used) { best = entry.owner }
        }
        if let donor = best ?? (lastIsPossible ? last : nil) { return (donor, nil) }
        return (nil, someAreReachable ? .noneFree : someAreUnreachable ? .unreachable : .noOwners)
    }

    /// Answers what others asked us for with entries.
    mutating func serve(_ requests: [SpaceRequest], _ view: some IPAMView, _ step: inout IPAMStep) {
        let waiting = requests.filter { request in
            // An answered question stays answered, and of one that changed meanwhile the entry tells.
            guard served[request.key].map({ $0 < request.version }) ?? true else { return false }
            return view.entry(request.key)?.version ?? request.version == request.version
        }
        for request in shareOut(among: waiting, view, &step) { served[request.key] = request.version }
    }

    /// How long we wait for other neighbours that lack addresses, too, before we give away what we have to the first.
    private static let gatheringTime: Duration = .milliseconds(20)
    /// The most neighbours' lacks that are gathered.
    private static let lackLimit = 4096

    /// A neighbour lacks addresses.
    mutating func note(_ lack: MeshLack, of peer: PeerID, _ step: inout IPAMStep) {
        guard lacks.count < Self.lackLimit, leaving == nil else { return }
        let request = SpaceRequest(requester: peer, ring: lack.ring, family: lack.family, donor: own, version: 0)
        lacks[request.key] = request
        lackDeadline = lackDeadline ?? step.now + Self.gatheringTime
    }

    /// Gives neighbours what they lack, when it is time.
    mutating func serveNeighbours(_ view: some IPAMView, _ step: inout IPAMStep) {
        guard let deadline = lackDeadline, step.now >= deadline else { return }
        lackDeadline = nil
        // In the peers' order, since a dictionary's order differs from run to run.
        let waiting = lacks.values.sorted { ($0.requester, $0.ring) < ($1.requester, $1.ring) }
        lacks = [:]
        guard leaving == nil else { return }
        _ = shareOut(among: waiting.filter { $0.family == .ipv4 }, view, &step)
        _ = shareOut(among: waiting.filter { $0.family == .ipv6 }, view, &step)
    }

    /// Gives some of what we have free to each of these.
    ///
    /// Those that came together and we get equal parts, rounded up: nobody gets more than half.
    ///
    /// - Returns: Those that got something.
    private mutating func shareOut(
        among requests: [SpaceRequest],
        _ view: some IPAMView,
        _ step: inout IPAMStep
    ) -> [SpaceRequest] {
        var waiting = requests.filter { $0.requester != own && !view.isRemoved($0.requester) }
        var done: [SpaceRequest] = []
        while let request = waiting.popLast() {
            let places = ranges.indices.filter {
                ranges[$0].ring == request.ring && ranges[$0].range.family == request.family
            }
            guard let first = places.first else { continue }
            let key = Pool.Key(range: ranges[first].range.id, family: request.family)
            guard activeCount(key) >= pools[key]?.target ?? 0 else { continue }
            let free = places.reduce(0) { $0 + ranges[$1].freeCount }
            guard free > 0 else { continue }
            let parts = UInt64(waiting.count) + 2
            let share = (free + parts - 1) / parts
            if give(share, of: places, to: request.requester, view, &step) { done.append(request) }
        }
        return done
    }

    /// Gives away at most so many consecutive free blocks, and at least one; aligned, so that few prefixes cover them.
    private mutating func give(
        _ count: UInt64,
        of places: [Int],
        to receiver: PeerID,
        _ view: some IPAMView,
        _ step: inout IPAMStep
    ) -> Bool {
        var best: (range: Int, run: ClosedRange<BlockIndex>)?
        for index in places {
            guard let run = ranges[index].largestFreeRun else { continue }
            if let best, best.run.upperBound - best.run.lowerBound >= run.upperBound - run.lowerBound { continue }
            best = (index, run)
        }
        guard let (index, run) = best, let segment = ranges[index].segment(containing: run.lowerBound) else {
            return false
        }
        let most = min(count, run.upperBound - run.lowerBound + 1)
        let least = max(1, most / 4)
        let first = (run.upperBound + 1 - most...run.upperBound + 1 - least).mostAligned
        return give(index, segment, first...run.upperBound, to: receiver, view, &step)
    }

    /// Gives away a part of a segment. What is behind it, we keep under a key of its own.
    ///
    /// The new entries come first and the shorter one last: whichever of them are on disk after a crash, nobody owns
    /// what another one owns too, as the innermost entry counts.
    private mutating func give(
        _ index: Int,
        _ segment: SharedRange.Segment,
        _ blocks: ClosedRange<BlockIndex>,
        to receiver: PeerID,
        _ view: some IPAMView,
        _ step: inout IPAMStep
    ) -> Bool {
        guard segment.version < ReplicatedEntry.versionLimit - 1 else { return false }
        var parts: [(blocks: ClosedRange<BlockIndex>, owner: PeerID)] = []
        if blocks.upperBound < segment.last { parts.append((blocks.upperBound + 1...segment.last, own)) }
        if blocks.lowerBound > segment.first { parts.append((blocks, receiver)) }
        for part in parts {
            guard
                let key = ringEntry(index, part.blocks, owner: own, version: 0)?.key,
                let version = step.nextVersion(key, view)
            else { return false }
            write(index, part.blocks, owner: part.owner, version: version, &step)
        }
        if blocks.lowerBound > segment.first {
            let rest = segment.first...blocks.lowerBound - 1
            write(index, rest, owner: own, version: segment.version + 1, &step)
        } else {
            write(index, blocks, owner: receiver, version: segment.version + 1, &step)
        }
        return true
    }
}

extension ClosedRange<UInt64> {
    /// The number in the range that is divisible by the highest power of two; of several the first.
    var mostAligned: UInt64 {
        guard lowerBound > 0 else { return 0 }
        // Without the bits in which the numbers just below the range and the last one of it differ, but for the first.
        let differing = (lowerBound - 1) ^ upperBound
        let keep = UInt64.max << UInt64(63 - differing.leadingZeroBitCount)
        return upperBound & keep
    }
}
