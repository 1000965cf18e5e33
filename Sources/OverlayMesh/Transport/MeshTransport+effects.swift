import Logging
import NIOCore
import NIOPosix
import OverlayCore

extension MeshTransport {
    /// Outputs that may wait for the disk before no more is read from the connections.
    private static let waitingLimit = 4_096
    /// Between an attempt to write the store that failed and the next.
    private static let storeRetryPause = TimeAmount.seconds(1)

    /// Does what the node wants done, as far as the disk has come.
    func perform() {
        guard isRunning, !isPerforming else { return }
        isPerforming = true
        defer { isPerforming = false }
        while let step = effects.next() {
            switch step {
            case .perform(let output): perform(output)
            case .write(let entries): write(entries)
            }
        }
        flush()
        pauseReading(effects.count > Self.waitingLimit)
    }

    private func perform(_ output: MeshNodeOutput) {
        switch output {
        case .mesh(let output): perform(output)
        case .blocksChanged(let blocks):
            grantedBlocks[""] = blocks
            note { $0.blocks = true }
        case .networkBlocksChanged(let network, let blocks):
            grantedBlocks[network] = blocks
            note { $0.blocks = true }
        case .failed(let reason): note { $0.add(.failed(reason)) }
        case .removed(let peer, let heir): note { $0.add(.removed(peer, heir: heir)) }
        case .left: note { $0.add(.left) }
        }
    }

    private func perform(_ output: MeshOutput) {
        switch output {
        case .dial(let address):
            dial(address)
        case .send(let id, let message):
            send(message, on: id)
        case .close(let id, let reason):
            guard let connection = connections.removeValue(forKey: id) else { return }
            logger.debug("Closed", metadata: connection.metadata(reason))
            if unflushed.remove(id) != nil { connection.channel.flush() }
            connection.channel.close(promise: nil)
        case .persist, .store:
            break  // The queue has taken them.
        case .changed(let entries):
            note { $0.keys.formUnion(entries.lazy.map(\.key)) }
        case .refused(let address, let reason):
            note { $0.add(.refused(address, reason: reason)) }
            refuse(address, reason)
        case .reidentify(let reason):
            logger.error("The identity is lost", metadata: ["reason": "\(reason)"])
            ending?.fail(IdentityLost(reason: reason))
        case .log(let level, let text):
            logger.log(level: Logger.Level(level), "\(text)")
        }
    }

    /// Notes, and tells the log unless it did so just now, that a connection came to nothing.
    func refuse(_ remote: PeerAddress, _ reason: String) {
        guard refusalLog.add(remote.address, reason, at: Self.time()) else { return }
        logger.warning("No connection with a peer", metadata: ["peer": "\(remote)", "reason": "\(reason)"])
    }

    private func write(_ entries: [ReplicatedEntry]) {
        counters.storeWrites += 1
        let written = disk.runIfActive(eventLoop: eventLoop) { [store] in try store.append(entries) }
        written.whenComplete { result in self.assumeIsolated { $0.didWrite(entries, result) } }
    }

    private func didWrite(_ entries: [ReplicatedEntry], _ result: Result<Void, any Error>) {
        switch result {
        case .success:
            if storeProblem != nil { logger.info("The state folder can be written again") }
            storeProblem = nil
            effects.didWrite()
            perform()
        case .failure(let error):
            counters.storeFailures += 1
            if storeProblem == nil { logger.error("Cannot write the state folder", metadata: ["error": "\(error)"]) }
            storeProblem = error as? StateError ?? storeProblem
            guard isRunning else { return effects.didWrite() }
            eventLoop.scheduleTask(in: Self.storeRetryPause) {
                self.assumeIsolated { transport in
                    // One that has ended would write over the file of the one that took its place.
                    if transport.isRunning { transport.write(entries) }
                }
            }
        }
    }

    /// Writes what was not written yet, after the write under way.
    func finishWriting() async {
        let rest = effects.takeUnwritten()
        do {
            // Not the asynchronous form, which gives up where the task was cancelled, as it was.
            try await disk.runIfActive(eventLoop: eventLoop) { [store] in try store.append(rest) }.get()
        } catch {
            logger.error("Cannot write the state folder", metadata: ["error": "\(error)"])
        }
    }
}

extension Logger.Level {
    fileprivate init(_ level: MeshLogLevel) {
        switch level {
        case .debug: self = .debug
        case .info: self = .info
        case .warning: self = .warning
        }
    }
}
