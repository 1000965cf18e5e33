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
    ///   - cachePath: Where the last state is kept.
    ///   - daemon: Is told of members and of our prefixes.
    init(
        client: KubernetesClient,
        nodeName: String,
        cachePath: String,
        logger: Logger,
        daemon: OverlayDaemon
    ) {
        self.client = client
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
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.follow() }
            group.addTask { await self.announce() }
            try await group.next()
            group.cancelAll()
        }
        await client.shutdown()
    }

    // MARK: The others

    private func follow() async throws {
        var isInterrupted = false
        for await event in Reflector(Node.self, client: client).cancelOnGracefulShutdown() {
            var errors: [NodePeerError] = []
            switch event {
            case .replaced(let nodes, let unreadable):
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
            save()
            wakeUp.yield()
        }
    }

    private func tell() async throws {
        let (view, isClone) = state.withLock { state in
            let own = state.own
            let view = MembershipView(
                members: state.members.others(than: own?.id ?? PeerID(high: 0, low: 0)),
                ownPrefixes: state.members.ownPrefixes ?? [],
                isComplete: state.members.isComplete
            )
            return (view, own.map { state.members.isClone($0) } ?? false)
        }
        if isClone { throw IdentityLost(reason: "another Node has this identity, and had it first") }
        await daemon.membersChanged(view)
    }

    private func save() {
        do {
            try cache.write(state.withLock { $0.members })
        } catch {
            logger.warning("cannot keep the members for the next start", metadata: ["error": "\(error)"])
        }
    }

    // MARK: Ourselves

    /// Writes our annotation whenever it is not what it should be.
    private func announce() async {
        for await _ in wakeUps.cancelOnGracefulShutdown() {
            let (node, wanted) = state.withLock { state -> (String, String?) in
                guard state.members.isComplete, state.members.ownPrefixes != nil, let own = state.own else {
                    return (state.members.ownNode, nil)
                }
                let wanted = NodePeer.encode(own)
                return (state.members.ownNode, wanted == state.members.ownAnnotation ? nil : wanted)
            }
            guard let wanted else { continue }
            do {
                try await client.mergePatch(Node.resource, name: node, body: Self.patch(wanted))
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
        status.ipam.state = members.ownPrefixes.map { $0.isEmpty ? "Node \(members.ownNode) has no podCIDRs yet" : "ready" }
            ?? "there is no Node \(members.ownNode)"
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
