import Addressing
public import OverlayCore

/// What happens to hosts and the network. Hosts are named by their numbers, in the order in which they were added.
extension Simulation {
    /// Adds a host with an empty disk. It does not run yet.
    ///
    /// - Parameter targets: Hosts that it connects to when it starts.
    /// - Returns: Its number.
    @discardableResult
    public func addHost(targets: [Int] = []) -> Int {
        let number = hosts.count
        // 10.200.0.1 and up.
        let address = PeerAddress(address: .v4(0x0ac8_0001 + UInt32(number)))
        let disk = SimulatedDisk(identity: .random(using: &generator))
        let host = SimulatedHost(name: "host\(number)", address: address, disk: disk)
        host.targets = targets.map { self.address(of: $0) }
        hosts.append(host)
        listeners[address] = number
        return number
    }

    /// Adds a copy of a host, with what is on its disk, at another address.
    @discardableResult
    public func addClone(of original: Int) -> Int {
        let number = addHost()
        hosts[number].targets = hosts[original].targets + [address(of: original)]
        hosts[number].disk = hosts[original].disk
        hosts[number].standing = .clone
        return number
    }

    /// Where a host's mesh is reached, whether or not there is such a host yet.
    public func address(of host: Int) -> PeerAddress {
        PeerAddress(address: .v4(0x0ac8_0001 + UInt32(truncatingIfNeeded: host)))
    }

    /// Who a host is at present.
    public func identity(of host: Int) -> PeerID { hosts[host].disk.identity }

    /// The node that runs on a host; nil if none does.
    public func node(on host: Int) -> MeshNode? { hosts[host].process?.node }

    /// Whether a host's process runs.
    public func isRunning(_ host: Int) -> Bool { hosts[host].process != nil }

    // MARK: Processes

    /// Starts a host's process, with what is on its disk; does nothing if it runs.
    public func start(_ host: Int) {
        guard hosts[host].process == nil else { return }
        hosts[host].isPowered = true
        hosts[host].isPaused = false
        hosts[host].processCount += 1
        hosts[host].outputsLeft = nil
        let identity = hosts[host].disk.identity
        let own = PeerRecord(
            id: identity,
            name: hosts[host].name,
            instance: generator.next(),
            started: 1_700_000_000 + now.components.seconds,
            endpoints: [hosts[host].address.address],
            underlayPrefixLength: 16,
            meshPort: hosts[host].address.port,
            wireGuardKey: identity.bytes + identity.bytes,
            encryption: .prefer
        )
        let node = MeshNode(
            configuration: configuration,
            own: own,
            stored: hosts[host].disk.entries,
            seed: generator.next(),
            now: .seconds(100)
        )
        hosts[host].process = SimulatedProcess(
            number: hosts[host].processCount,
            node: node,
            clockStart: now - .seconds(100)
        )
        checkOwned(by: host)
        checkBlocks(node.blocks, of: host)
        if !hosts[host].targets.isEmpty { feed(.mesh(.connect(hosts[host].targets, replace: false)), to: host) }
        // It wants nothing before it is asked when to wake it.
        feed(.mesh(.tick), to: host)
    }

    /// Kills a host's process; the kernel closes its connections.
    public func kill(_ host: Int) { stop(host, isTold: true) }

    /// Kills a host's process between two of the things that it wants done, after so many; with nil, not after all.
    public func kill(_ host: Int, afterOutputs count: Int?) { hosts[host].outputsLeft = count }

    /// Switches a host off: nobody is told, and what was not durable is lost.
    public func powerOff(_ host: Int) {
        stop(host, isTold: false)
        hosts[host].isPowered = false
        hosts[host].disk.losePower(using: &generator)
    }

    private func stop(_ host: Int, isTold: Bool) {
        guard let process = hosts[host].process else { return }
        hosts[host].process = nil
        hosts[host].isPaused = false
        hosts[host].deferred = []
        forgetClaims(of: host)
        closeAll(of: process, isTold: isTold)
    }

    /// Makes a host's process stand still; its kernel still takes what arrives.
    public func pause(_ host: Int) { hosts[host].isPaused = hosts[host].process != nil }

    /// Lets a host's process go on.
    public func resume(_ host: Int) {
        guard hosts[host].isPaused else { return }
        hosts[host].isPaused = false
        let deferred = hosts[host].deferred
        hosts[host].deferred = []
        for event in deferred {
            if case .wakeUp = event { hosts[host].process?.wakeUp = now }
            perform(event)
        }
        resumeStalled()
    }

    /// Empties a host's disk; it is another peer then. Only of a host that does not run.
    public func wipeDisk(of host: Int) {
        guard hosts[host].process == nil else { return }
        if hosts[host].standing != .left { hosts[host].standing = .member }
        hosts[host].disk = SimulatedDisk(identity: .random(using: &generator))
        hosts[host].isLeaving = false
        // A seed of the address ring that has lost its disk is none any more, and a careful user says so.
        hosts[host].name += "'"
    }

    /// Makes a host read so slowly, in bytes per second, or with nil at once.
    public func setReadRate(_ rate: Int?, of host: Int) { hosts[host].readRate = rate }

    // MARK: Network

    /// Cuts the network into these groups and one of all others; nobody reaches beyond his own.
    public func partition(_ groups: [[Int]]) {
        reachability.partition(groups)
        resumeStalled()
    }

    /// Breaks the network between two hosts, or mends it.
    public func setBroken(_ one: Int, _ other: Int, _ isBroken: Bool) {
        reachability.setBroken(one, other, isBroken)
        resumeStalled()
    }

    /// Mends the network.
    public func heal() {
        reachability.heal()
        resumeStalled()
    }

    /// Breaks one connection, somewhere.
    public func resetOneConnection() {
        guard !links.isEmpty else { return }
        reset(Int.random(in: 0..<links.count, using: &generator))
    }

    // MARK: Users

    /// Tells the node of a host something, as its user or its daemon would.
    public func tell(_ host: Int, _ input: MeshNodeInput) {
        guard !hosts[host].isPaused else { return }
        feed(input, to: host)
    }

    /// A user on `host` removes a peer.
    public func remove(_ identity: PeerID, by host: Int) {
        guard hosts[host].process != nil, !hosts[host].isPaused else { return }
        // Its clones are removed with it.
        for twin in hosts.indices where hosts[twin].disk.identity == identity {
            if hosts[twin].standing != .left { hosts[twin].standing = .removed }
            forgetClaims(of: twin)
        }
        feed(.removePeer(identity), to: host)
    }

    /// A host hands on its space, and stops when it has.
    public func leave(_ host: Int) {
        guard hosts[host].process != nil, !hosts[host].isPaused else { return }
        hosts[host].isLeaving = true
        feed(.leave, to: host)
    }

    func standing(of host: Int) -> SimulatedHost.Standing { hosts[host].standing }

    /// What a host has sent so far.
    public func traffic(of host: Int) -> Traffic { hosts[host].traffic }

    /// What all hosts together have sent so far.
    public var traffic: Traffic { hosts.reduce(Traffic()) { $0 + $1.traffic } }
}
