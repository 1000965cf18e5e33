import OverlayCore

extension Simulation {
    func perform(_ event: SimulationEvent) {
        switch event {
        case .wakeUp(let host, let process):
            guard hosts[host].process?.number == process else { return }
            guard !hosts[host].isPaused else { return hosts[host].deferred.append(event) }
            // A later wake-up may have been wanted since.
            guard hosts[host].process?.wakeUp == now else { return }
            hosts[host].process?.wakeUp = nil
            feed(.mesh(.tick), to: host)
        case .dial(let host, let process, let address):
            dialArrives(from: host, process: process, at: address)
        case .connected(let link):
            connected(link)
        case .dialFailed(let host, let process, let address, let reason):
            guard hosts[host].process?.number == process else { return }
            guard !hosts[host].isPaused else { return hosts[host].deferred.append(event) }
            feed(.mesh(.dialFailed(address, reason: reason)), to: host)
        case .arrival(let end):
            arrive(at: end)
        case .stop(let host, let process):
            if hosts[host].process?.number == process { kill(host) }
        case .writability(let end):
            tellWritability(of: end)
        }
    }

    // MARK: Connections

    func dial(from host: Int, to address: PeerAddress) {
        guard let process = hosts[host].process?.number else { return }
        let delay = conditions.delay(using: &generator)
        queue.add(.dial(from: host, process: process, to: address), at: now + delay)
    }

    private func dialArrives(from host: Int, process: Int, at address: PeerAddress) {
        let target = listeners[address]
        guard let target, hosts[target].isPowered, reachability.connects(host, target) else {
            let failure = SimulationEvent.dialFailed(host: host, process: process, address, reason: "timed out")
            return queue.add(failure, at: now + conditions.dialTimeout)
        }
        let answer = now + conditions.delay(using: &generator)
        guard let listener = hosts[target].process?.number, !hosts[target].isPaused else {
            let failure = SimulationEvent.dialFailed(host: host, process: process, address, reason: "refused")
            return queue.add(failure, at: answer)
        }
        let connection = nextConnection(of: target)
        let link = Link<MeshMessage>(
            dialler: .init(host: host, process: process, remote: address),
            listener: .init(host: target, process: listener, connection: connection, remote: address)
        )
        link[.dialler].lastArrival = answer
        links.append(link)
        let end = LinkEnd(link: links.count - 1, side: .listener)
        hosts[target].process?.connections[connection] = end
        queue.add(.connected(link: end.link), at: answer)
        let remote = PeerAddress(address: hosts[host].address.address, port: UInt16(32_768 + links.count % 28_000))
        feed(.mesh(.opened(connection, isOutbound: false, remote: remote)), to: target)
    }

    private func connected(_ number: Int) {
        guard let link = links[number] else { return }
        let end = LinkEnd(link: number, side: .dialler)
        let host = link[.dialler].host
        guard hosts[host].process?.number == link[.dialler].process else {
            if hosts[host].isPowered { sendEnd(from: end, reason: "reset by peer") }
            return shut(end)
        }
        guard !hosts[host].isPaused else { return hosts[host].deferred.append(.connected(link: number)) }
        let connection = nextConnection(of: host)
        links[number]?[.dialler].connection = connection
        hosts[host].process?.connections[connection] = end
        feed(.mesh(.opened(connection, isOutbound: true, remote: link[.dialler].remote)), to: host)
    }

    private func nextConnection(of host: Int) -> ConnectionID {
        let number = hosts[host].process?.nextConnection ?? 0
        hosts[host].process?.nextConnection = number + 1
        return ConnectionID(rawValue: number)
    }

    // MARK: Messages

    /// Sends something from one end to the other.
    private func post(_ content: Link<MeshMessage>.Content, byteCount: Int, from end: LinkEnd) {
        let other = LinkEnd(link: end.link, side: end.side.other)
        let delay = conditions.delay(using: &generator)
        let earliest = now + delay
        guard let last = links[end.link]?[other.side].lastArrival else { return }
        let arrival = max(earliest, last)
        links[end.link]?[other.side].lastArrival = arrival
        links[end.link]?[other.side].inbox.append(.init(content: content, byteCount: byteCount))
        queue.add(.arrival(other), at: arrival)
    }

    /// - Parameter isHonest: The node itself says it, so that it must be a message by the codec's rules.
    func send(
        _ message: MeshMessage,
        on connection: ConnectionID,
        from host: Int,
        isHonest: Bool = true
    ) {
        guard let end = hosts[host].process?.connections[connection] else { return }
        var content = Link<MeshMessage>.Content.message(message)
        var byteCount = message.encodedByteCount
        if decodesMessages {
            scratch.removeAll(keepingCapacity: true)
            message.encode(into: &scratch)
            if scratch.count != byteCount || byteCount > MeshMessage.maximumByteCount {
                report("\(hosts[host].name) sends \(scratch.count) bytes where \(byteCount) were said")
            }
            byteCount = scratch.count
            do throws(MeshCodecError) {
                let decoded = try MeshMessage(decoding: scratch[...])
                if decoded != message { report("\(hosts[host].name) sends \(message), which is read as \(decoded)") }
                content = .message(decoded)
            } catch {
                if isHonest { report("\(hosts[host].name) sends what cannot be decoded, \(error): \(message)") }
                content = .nonsense("\(error)")
            }
        }
        byteCount += 4  // the length that precedes it
        hosts[host].traffic.add(byteCount: byteCount)
        if generator.happens(conditions.reset) { return reset(end.link) }
        post(content, byteCount: byteCount, from: end)
        guard let buffered = links[end.link]?[end.side.other].inbox.byteCount else { return }
        if buffered > conditions.sendBuffer, links[end.link]?[end.side].isWritable == true {
            links[end.link]?[end.side].isWritable = false
            queue.add(.writability(end), at: now)
        }
        // A node that was told not to may still send what it had decided on; more would pile up.
        if buffered > conditions.sendBuffer + 2 * MeshMessage.maximumByteCount {
            report("\(hosts[host].name) sends on although \(buffered) bytes are not read")
        }
    }

    private func tellWritability(of end: LinkEnd) {
        guard let link = links[end.link], link[end.side].isOpen else { return }
        let host = link[end.side].host
        guard hosts[host].process?.number == link[end.side].process else { return }
        guard !hosts[host].isPaused else { return hosts[host].deferred.append(.writability(end)) }
        feed(.mesh(.writable(link[end.side].connection, link[end.side].isWritable)), to: host)
    }

    private func arrive(at end: LinkEnd) {
        guard let receiver = links[end.link]?[end.side], let sender = links[end.link]?[end.side.other] else { return }
        let host = receiver.host
        guard hosts[host].isPowered else { return }
        guard reachability.connects(host, sender.host), !hosts[host].isPaused else {
            return stalled[end, default: 0] += 1
        }
        guard receiver.readerBusyUntil <= now else { return queue.add(.arrival(end), at: receiver.readerBusyUntil) }
        guard let parcel = links[end.link]?[end.side].inbox.popFirst() else { return }
        guard receiver.isOpen, hosts[host].process?.number == receiver.process else {
            // Its kernel knows nothing of the connection any more, and says so.
            if case .message = parcel.content, sender.isOpen { sendEnd(from: end, reason: "reset by peer") }
            return
        }
        if let rate = hosts[host].readRate {
            links[end.link]?[end.side].readerBusyUntil =
                now + .nanoseconds(Int64(parcel.byteCount) * 1_000_000_000 / Int64(max(rate, 1)))
        }
        if !sender.isWritable, (links[end.link]?[end.side].inbox.byteCount ?? 0) <= conditions.sendBuffer / 2 {
            links[end.link]?[end.side.other].isWritable = true
            queue.add(.writability(LinkEnd(link: end.link, side: end.side.other)), at: now)
        }
        switch parcel.content {
        case .message(let message):
            feed(.mesh(.received(receiver.connection, message)), to: host)
        case .nonsense(let reason):
            feed(.mesh(.malformed(receiver.connection, reason: reason)), to: host)
        case .end(let reason):
            closeReasons[reason, default: 0] += 1
            shut(end)
            feed(.mesh(.closed(receiver.connection, reason: reason)), to: host)
        }
    }

    // MARK: Ends

    /// A node closes a connection: the other side reads what was sent before, and then the end.
    func close(_ connection: ConnectionID, of host: Int, reason: String) {
        guard let end = hosts[host].process?.connections[connection] else { return }
        closeReasons[reason, default: 0] += 1
        sendEnd(from: end, reason: "closed by peer")
        shut(end)
    }

    /// Tells the other side that this one is no longer there.
    private func sendEnd(from end: LinkEnd, reason: String) {
        post(.end(reason), byteCount: 0, from: end)
    }

    /// Closes one end, without telling anyone. What still arrives there is dropped.
    private func shut(_ end: LinkEnd) {
        guard let link = links[end.link] else { return }
        links[end.link]?[end.side].isOpen = false
        if hosts[link[end.side].host].process?.number == link[end.side].process {
            hosts[link[end.side].host].process?.connections[link[end.side].connection] = nil
        }
        if !link[end.side.other].isOpen { links[end.link] = nil }
    }

    /// Breaks a connection: both sides learn it, and what is under way is lost.
    func reset(_ number: Int) {
        guard let link = links[number] else { return }
        for side in [LinkSide.dialler, .listener] where link[side].isOpen {
            links[number]?[side].inbox.drop()
            sendEnd(from: LinkEnd(link: number, side: side.other), reason: "reset by peer")
        }
    }

    /// The connections of a process that has died. Its kernel closes them, and says so, unless it died too.
    func closeAll(of process: SimulatedProcess, isTold: Bool) {
        for (_, end) in process.connections.sorted(by: { $0.key < $1.key }) {
            if isTold {
                if generator.happens(0.5) { links[end.link]?[end.side.other].inbox.drop() }
                sendEnd(from: end, reason: "reset by peer")
            }
            shut(end)
        }
    }

    /// Lets arrive what waited, where the hosts reach each other again.
    func resumeStalled() {
        for end in stalled.keys.sorted() {
            guard let missed = stalled[end], let link = links[end.link] else {
                stalled[end] = nil
                continue
            }
            guard reachability.connects(link[.dialler].host, link[.listener].host), !hosts[link[end.side].host].isPaused
            else { continue }
            stalled[end] = nil
            let moment = now + generator.duration(in: .zero...conditions.retransmission)
            for _ in 0..<missed { queue.add(.arrival(end), at: moment) }
        }
    }
}
