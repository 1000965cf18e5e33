import Addressing
import Logging
import OverlayCore
import OverlayMesh

extension MeshMembership {
    func moreSpace(network: String, family: IPFamily) async -> SpaceGrant {
        let before = await blocks(of: network)
        let mark = outcomes.end
        await transport.needBlock(family, network: network)
        var failure: String?
        let start = ContinuousClock.now
        while ContinuousClock.now < start + .seconds(8), !Task.isCancelled {
            let ticket = waiters.enter()
            defer { waiters.leave(ticket) }
            let now = await blocks(of: network)
            if now != before { return .granted(now) }
            if let reason = outcomes.since(mark).compactMap(\.failure).last {
                failure = reason
                break
            }
            // What others have is known within a second, and there is no use in waiting for peers that have nothing.
            if ContinuousClock.now > start + .seconds(1),
                let obstacle = await transport.node.addressObstacle(family, network: network)
            {
                failure = obstacle
                break
            }
            // Who is there to give some changes with time alone, too.
            await ticket.wait(until: .now + .milliseconds(250))
        }
        let reason = failure ?? "no peer has given any within 8 seconds"
        return .refused("\(await freeElsewhere(network: network, family: family)): \(reason)")
    }

    /// `3 of 4 blocks of other peers are free`: what the others own, and do not give addresses of.
    ///
    /// Of bridged networks, only what the others own is known.
    private func freeElsewhere(network: String, family: IPFamily) async -> String {
        let node = await transport.node
        var (owned, free) = (0, 0)
        for status in node.addressStatus where status.range.id == network && status.range.family == family {
            for owner in node.addressOwners(of: status.range) where owner.id != node.mesh.own.id {
                let used = node.mesh.member(owner.id)?.prefixes.count { status.range.prefix.contains($0.address) } ?? 0
                owned += Int(clamping: owner.blocks)
                free += max(0, Int(clamping: owner.blocks) - (network.isEmpty ? used : 0))
            }
        }
        return network.isEmpty
            ? "\(free) of \(owned) blocks of other peers are free" : "other peers own \(owned) blocks"
    }

    /// Gives back, now and then, blocks of which no pod has had an address for long.
    func returnIdleBlocks() async {
        let clock = ContinuousClock()
        let start = clock.now
        let interval = min(.seconds(30), daemon.configuration.idleBlockTime / 4)
        while !Task.isCancelled {
            try? await Task.sleep(for: interval)
            guard !Task.isCancelled else { return }
            let draining = await transport.node.addresses?.drainingBlocks() ?? []
            for block in await daemon.idleBlocks(draining: draining, now: clock.now - start) {
                guard await daemon.withdraw(block) else { continue }
                logger.notice("giving back a block that no pod uses", metadata: ["block": "\(block)"])
                await transport.releaseBlock(block)
                // The disk knows of it first.
                let end = clock.now + .seconds(5)
                while await blocks(of: "").contains(block), clock.now < end {
                    try? await Task.sleep(for: .milliseconds(20))
                }
                await tell()
                await daemon.endWithdrawal(of: block)
            }
        }
    }

    func blocks(of network: String) async -> [IPPrefix] {
        guard network.isEmpty else { return await transport.node.blocks(ofNetwork: network) }
        return await transport.grantedBlocks[network] ?? []
    }
}

extension MeshNotice {
    /// Why something could not be had.
    var failure: String? {
        if case .failed(let reason) = self { reason } else { nil }
    }
}
