import Addressing
import Attachment
import Glibc
import Logging
import OverlayCore

extension OverlayDaemon {
    /// How long a container waits for this host's first prefix.
    private static let firstPrefixPatience: Duration = .seconds(8)

    /// Does what came over the unix socket.
    func handle(_ request: ControlRequest) async -> ControlResponse {
        do {
            switch request {
            case .attach(let request): return .attached(try await attach(request))
            case .detach(let key): return try await detach(key)
            case .check(let key):
                return .attached(try await attacher.check(key))
            case .ready:
                if let obstacle = await attacher.obstacle() { return .failed(obstacle) }
                return .done("")
            case .attachmentsChanged:
                await attachmentsChanged()
                await settle()
                return .done("")
            case .command(let command):
                return .done(try await perform(command))
            }
        } catch let error as AttachmentError {
            return .failed(error)
        } catch {
            return .failed(AttachmentError(.refused, "\(error)"))
        }
    }

    /// Another prefix, for an attacher that has no address left.
    func moreSpace(network: String, family: IPFamily) async -> Attacher.SpaceAnswer {
        guard let provider else { return .refused("the overlay is starting") }
        switch await provider.moreSpace(network: network, family: family) {
        case .granted(let prefixes): return .granted(network.isEmpty ? usable(prefixes) : prefixes)
        case .refused(let reason): return .refused(reason)
        }
    }

    // MARK: Containers

    private func attach(_ request: AttachRequest) async throws -> PodAttachment {
        try checkName(of: request)
        let network = request.network
        guard network != AttachableNetwork.pods else { return try await attachWhereJoined(request) }
        // Meanwhile the network is in use, although nobody is in it yet.
        joining[network, default: 0] += 1
        do {
            try await joinNetwork(network)
            let attachment = try await attachWhereJoined(request)
            endJoining(network)
            return attachment
        } catch {
            endJoining(network)
            await leaveUnusedNetworks()
            throw error
        }
    }

    private func endJoining(_ network: String) {
        guard let count = joining[network] else { return }
        joining[network] = count > 1 ? count - 1 : nil
    }

    private func attachWhereJoined(_ request: AttachRequest) async throws -> PodAttachment {
        // Asking others for more is for who has some.
        if let obstacle = await waitForPrefix(of: request.network) {
            var status = OverlayStatus()
            await provider?.describe(into: &status)
            let state = request.network == AttachableNetwork.pods ? " (\(status.ipam.state))" : ""
            throw AttachmentError(obstacle.code, obstacle.message + state, details: obstacle.details)
        }
        let attachment = try await attacher.attach(request)
        await attachmentsChanged()
        // Its routes and its place in the rules are there before anybody is told that it is attached; what could not
        // be made is a problem of the daemon's, and tried again.
        await settle()
        return attachment
    }

    private func detach(_ key: AttachmentKey) async throws(AttachmentError) -> ControlResponse {
        let attachment = try await attacher.detach(key)
        await attachmentsChanged()
        await settle()
        return .done(attachment == nil ? "" : "detached")
    }

    /// Waits until this host has addresses of a network to give.
    ///
    /// - Returns: Why it has none even now.
    private func waitForPrefix(of network: String) async -> AttachmentError? {
        let end = ContinuousClock.now + Self.firstPrefixPatience
        while true {
            let ticket = prefixWaiters.enter()
            defer { prefixWaiters.leave(ticket) }
            guard let obstacle = await attacher.obstacle(network: network) else { return nil }
            guard ContinuousClock.now < end, !Task.isCancelled else { return obstacle }
            await ticket.wait(until: end)
        }
    }

    // MARK: Commands

    private func perform(_ command: ControlCommand) async throws -> String {
        switch command.verb {
        case "status":
            guard let page = StatusPage(rawValue: command.arguments.first ?? StatusPage.summary.rawValue) else {
                throw CommandRefusal("status \(command.arguments[0]): there is no such page")
            }
            return await status().text(page)
        case "report": return await status().json
        case "connect":
            let isReplacing = command.options["replace"] == "true"
            return try await ask(.connect(command.arguments, replacing: isReplacing))
        case "forget": return try await ask(.forget(command.arguments))
        case "rmpeer":
            var lines: [String] = []
            for peer in command.arguments { lines.append(try await ask(.removePeer(peer))) }
            return lines.joined(separator: "\n")
        case "leave": return try await ask(.leave)
        case "stop":
            // As an operator does it.
            kill(getpid(), SIGTERM)
            return ""
        case "expose": return try await expose(command.arguments)
        case "hide":
            _ = try await detach(Self.exposure)
            return ""
        case "network create", "network ls", "network rm": return try await performOnNetworks(command)
        default:
            throw CommandRefusal("\"\(command.verb)\" is unknown to this daemon: is it older than the command?")
        }
    }

    private func ask(_ command: MembershipCommand) async throws -> String {
        guard let provider, let answer = try await provider.perform(command) else {
            throw CommandRefusal("members come from the Nodes of an API server here: change them there")
        }
        return answer
    }

    private func expose(_ arguments: [String]) async throws -> String {
        var addresses: [IPAddress] = []
        for text in arguments {
            guard let address = IPAddress(text) else { throw CommandRefusal("\(text): must be an IP address") }
            addresses.append(address)
        }
        if let obstacle = await waitForPrefix(of: AttachableNetwork.pods) { throw obstacle }
        let held = try await attacher.table().attachments[Self.exposure]
        let attachment: PodAttachment
        if let held, Set(addresses).isSubset(of: held.addresses) {
            attachment = held
        } else {
            // What the host was reached by stays where the new address cannot be had.
            attachment = try await attacher.reserveOnly(
                AttachRequest(key: Self.exposure, namespace: "", addresses: addresses, label: "this host")
            )
        }
        await attachmentsChanged()
        await settle()
        return attachment.addresses.map(\.description).joined(separator: "\n")
    }
}
