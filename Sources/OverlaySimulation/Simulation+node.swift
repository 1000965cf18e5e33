import Addressing
import OverlayCore

extension Simulation {
    /// Tells a node something, and does what it wants done.
    func feed(_ input: MeshNodeInput, to host: Int) {
        guard let start = hosts[host].process?.clockStart else { return }
        let clock = now - start
        guard let outputs = hosts[host].process?.node.handle(input, now: clock) else { return }
        let process = hosts[host].processCount
        var mayOwnOther = false
        for output in outputs {
            if let left = hosts[host].outputsLeft {
                guard left > 0 else {
                    hosts[host].outputsLeft = nil
                    return kill(host)
                }
                hosts[host].outputsLeft = left - 1
            }
            if case .mesh(.persist(let entries)) = output, entries.contains(where: { $0.key.kind == .ring }) {
                mayOwnOther = true
            }
            perform(output, of: host)
            // It may have been the last of this process.
            guard hosts[host].process?.number == process else { return }
        }
        if mayOwnOther { checkOwned(by: host) }
        wake(host, isTick: input.isTick)
    }

    /// Sees to it that a node is woken when it wants to.
    private func wake(_ host: Int, isTick: Bool) {
        guard let process = hosts[host].process, let deadline = process.node.nextDeadline else { return }
        var moment = process.clockStart + deadline
        if moment <= now {
            if isTick { report("\(hosts[host].name) wants to be woken \(now - moment) ago, right after a tick") }
            moment = now + .microseconds(1)
        }
        // The queue counts whole nanoseconds.
        moment = .nanoseconds(moment.nanoseconds + (moment.components.attoseconds % 1_000_000_000 == 0 ? 0 : 1))
        if let planned = process.wakeUp, planned == moment { return }
        hosts[host].process?.wakeUp = moment
        queue.add(.wakeUp(host: host, process: process.number), at: moment)
    }

    private func perform(_ output: MeshNodeOutput, of host: Int) {
        switch output {
        case .mesh(.dial(let address)):
            dial(from: host, to: address)
        case .mesh(.send(let connection, let message)):
            send(message, on: connection, from: host)
        case .mesh(.close(let connection, let reason)):
            close(connection, of: host, reason: reason)
        case .mesh(.persist(let entries)):
            if keepsDisks { hosts[host].disk.persist(entries) }
        case .mesh(.store(let entries)):
            if keepsDisks { hosts[host].disk.store(entries) }
        case .mesh(.changed):
            break
        case .mesh(.refused(_, let reason)):
            refusals[reason, default: 0] += 1
        case .mesh(.reidentify(let reason)):
            reidentify(host, reason: reason)
        case .mesh(.log(let level, let text)):
            log?(now, hosts[host].name, level, text)
        case .blocksChanged(let blocks):
            checkBlocks(blocks, of: host)
        case .networkBlocksChanged:
            break
        case .failed(let reason):
            failures[reason, default: 0] += 1
        case .removed:
            break
        case .left:
            hosts[host].standing = .left
            forgetClaims(of: host)
            // A daemon gives the others some time to hear of it.
            queue.add(.stop(host: host, process: hosts[host].processCount), at: now + .seconds(1))
        }
    }

    /// A node learned that its identity is another's or was removed: it starts anew with nothing.
    private func reidentify(_ host: Int, reason: String) {
        // Who has left learns of its removal in its last second.
        guard hosts[host].standing != .left else { return kill(host) }
        let identity = hosts[host].disk.identity
        let twins = hosts.indices.filter { $0 != host && hosts[$0].disk.identity == identity }
        if hosts[host].standing == .member, twins.isEmpty, !hosts[host].isLeaving {
            report("\(hosts[host].name) is told to give up its identity, although it is nobody else's: \(reason)")
        }
        // Some of those that it knows, it goes on with: its user need not name them again.
        let known = hosts[host].process?.node.mesh.members.values.compactMap(\.endpoints.first).sorted() ?? []
        for address in known.shuffled(using: &generator).prefix(8) where address != hosts[host].address.address {
            hosts[host].targets.append(PeerAddress(address: address))
        }
        kill(host)
        wipeDisk(of: host)
        hosts[host].standing = .member
        if twins.count == 1, hosts[twins[0]].standing == .clone { hosts[twins[0]].standing = .member }
        start(host)
    }
}

extension MeshNodeInput {
    var isTick: Bool {
        if case .mesh(.tick) = self { true } else { false }
    }
}
