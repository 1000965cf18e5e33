import Addressing
import JSON
import KubernetesAPI
import KubernetesClient
import Logging
import OverlayCore
import OverlayMesh
import ServiceLifecycle
import Synchronization

/// Members from the Nodes of an API server.
///
/// The daemon's own facts go into an annotation of its own Node, and the others' come from theirs. Without the API
/// server everything goes on with what was known last, also after a restart.
final class KubernetesMembership: MembershipProvider, CustomStringConvertible {
    private struct State {
        var members: NodeMembers
        /// What we say of ourselves; nil until it is known.
        var own: PeerRecord?
    }

    private let client: KubernetesClient
    private let cache: NodeCache
    private let ranges: [IPPrefix]
    private let daemon: OverlayDaemon
    private let logger: Logger
    private let state: Mutex<State>
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation

    let description = "Nodes"

    /// Members from Nodes.
    ///
    /// - Parameters:
    ///   - nodeName: This host's Node.
    ///   - ranges: The pods' ranges, which every Node's prefixes are parts of.
    ///   - cachePath: Where the last state is kept.
    ///   - daemon: Is told of members and of our prefixes.
    init(
        client: KubernetesClient,
        nodeName: String,
        ranges: [IPPrefix],
        cachePath: String,
        logger: Logger,
        daemon: OverlayDaemon
    ) {
        self.client = client
        self.ranges = ranges
        cache = NodeCache(path: cachePath)
        self.daemon = daemon
        self.logger = logger
        state = Mutex(State(members: NodeMembers(ownNode: nodeName)))
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Says what we are; it goes to the API server when that can be reached.
    func setOwn(_ record: PeerRecord) async {
        state.withLock { $0.own = record }
        wakeUp.yield()
    }

    func run() async throws {
        let ownNode = state.withLock { $0.members.ownNode }
        if let (records, ownPrefixes) = cache.read(ownNode: ownNode) {
            state.withLock { $0.members.restore(records, ownPrefixes: ownPrefixes) }
            logger.notice("members of the last run", metadata: ["count": "\(records.count)"])
            try await tell()
        }
        defer { wakeUp.finish() }
        // The connections end also where the identity is lost.
        let outcome = await followAndAnnounce()
        await client.shutdown()
        try outcome.get()
    }

    private func followAndAnnounce() async -> Result<Void, any Error> {
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.follow() }
                group.addTask { await self.announce() }
                try await group.next()
                group.cancelAll()
            }
            return .success(())
        } catch {
            return .failure(error)
        }
    }

    // MARK: The others

    private func follow() async throws {
        var isInterrupted = false
        var saved: NodeMembers?
        for await event in Reflector(Node.self, client: client).cancelOnGracefulShutdown() {
            var errors: [NodePeerError] = []
            switch event {
            case .replaced(let nodes, _, let unreadable):
                for error in unreadable { logger.error("ignoring a Node", metadata: ["error": "\(error)"]) }
                errors = state.withLock { $0.members.replace(nodes, unreadable: unreadable.count) }
            case .changed(let node):
                errors = state.withLock { $0.members.change(node).map { [$0] } ?? [] }
            case .deleted(_, let name):
                state.withLock { $0.members.remove(name) }
            case .unreadable(let error):
                logger.error("ignoring a change of a Node", metadata: ["error": "\(error)"])
                continue
            case .interrupted(let error, let wait):
                logger.warning(
                    "cannot follow Nodes, trying again",
                    metadata: ["error": "\(error)", "after": "\(wait)"]
                )
                isInterrupted = true
                continue
            }
            for error in errors { logger.error("keeping a member's last good state", metadata: ["error": "\(error)"]) }
            if isInterrupted {
                isInterrupted = false
                logger.notice("following Nodes again")
            }
            try await tell()
            // Nodes change all the time, in what is none of ours.
            let members = state.withLock { $0.members }
            if members != saved, save(members) { saved = members }
            wakeUp.yield()
        }
    }

    private func tell() async throws {
        let (view, isClone) = state.withLock { state in
            let own = state.own
            let view = MembershipView(
                members: state.members.others(than: own?.id ?? PeerID(high: 0, low: 0)),
                ownPrefixes: (state.members.ownPrefixes ?? []).filter { prefix in ranges.contains { $0.covers(prefix) }
                },
                isComplete: state.members.isComplete
            )
            return (view, own.map { state.members.isClone($0) } ?? false)
        }
        if isClone { throw IdentityLost(reason: "another Node has this identity, and had it first") }
        await daemon.membersChanged(view)
    }

    private func save(_ members: NodeMembers) -> Bool {
        do {
            try cache.write(members)
            return true
        } catch {
            logger.warning("cannot keep the members for the next start", metadata: ["error": "\(error)"])
            return false
        }
    }

    // MARK: Ourselves

    /// Writes our annotation whenever it is not what it should be.
    private func announce() async {
        for await _ in wakeUps.cancelOnGracefulShutdown() {
            let (members, own) = state.withLock { ($0.members, $0.own) }
            let node = members.ownNode
            guard let wanted = own.flatMap({ members.annotation(missingOf: $0) }) else { continue }
            do {
                try await client.mergePatch(Node.resource, name: node, body: Self.patch(wanted))
                state.withLock { $0.members.accepted(wanted, over: members.ownAnnotation) }
            } catch {
                logger.warning(
                    "cannot annotate Node \(node), trying again; the account needs the verb patch on nodes",
                    metadata: ["error": "\(error)"]
                )
                try? await client.time.sleep(.seconds(2))
                wakeUp.yield()
            }
        }
    }

    // MARK: MembershipProvider

    func moreSpace(network: String, family: IPFamily) async -> SpaceGrant {
        .refused("the Node's spec.podCIDRs is all there is: give nodes larger ranges (--node-cidr-mask-size)")
    }

    func join(network: String) async {}

    func leave(network: String) async {}

    func describe(into status: inout OverlayStatus) async {
        let members = state.withLock { $0.members }
        status.ipam.state =
            members.ownPrefixes.map { $0.isEmpty ? "Node \(members.ownNode) has no podCIDRs yet" : "ready" }
            ?? "there is no Node \(members.ownNode)"
        for prefix in members.ownPrefixes ?? [] where !ranges.contains(where: { $0.covers(prefix) }) {
            status.problems.append(
                """
                Node \(members.ownNode): spec.podCIDRs: \(prefix) is not in --range \
                \(ranges.map(\.description).joined(separator: " ")): give the cluster's pod ranges there
                """
            )
        }
    }

    func perform(_ command: MembershipCommand) async throws(CommandRefusal) -> String? {
        // Leaving is deleting the Node; there is no space to hand on.
        if command == .leave { return "" }
        return nil
    }

    static func patch(_ annotation: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("metadata")
        writer.beginObject()
        writer.name("annotations")
        writer.beginObject()
        writer.member(NodePeer.annotation, annotation)
        writer.endObject()
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }
}
