import JSON
import KubernetesAPI
import KubernetesClient
import Logging
import ServiceLifecycle
import Synchronization

/// `v1` `Node`, as a tree.
enum NodeKind: ResourceKind {
    static let resource = ResourceType(
        group: "",
        version: "v1",
        kind: "Node",
        plural: "nodes",
        namespaced: false
    )
}

/// Sees to it that the Node is there and says what it should: registers it, also after somebody deleted it, and writes
/// its status when that changes, and every five minutes.
///
/// Source: `k8s.io/kubernetes/pkg/kubelet/kubelet_node_status.go`.
final class NodeKeeper: ServiceLifecycle.Service, CustomStringConvertible {
    let description = "the Node"

    private struct State {
        var health: NodeHealth
        /// The Node; nil where there is none.
        var present: JSONValue?
        /// The Node as it was last seen.
        var last: JSONValue?
        /// The uid of the Node that was deleted last: an answer that was under way meanwhile does not bring it back.
        var gone: JSONValue?
        /// It is known whether there is a Node.
        var isListed = false
        var reported: Timestamp?
        var wasReady: Bool?
    }

    private let client: KubernetesClient
    private let facts: NodeDescription
    private let storage: String
    private let findProblem: @Sendable () -> String?
    private let events: NodeEvents
    private let logger: Logger
    private let state: Mutex<State>
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation

    /// How often is looked at what can run out, and pauses after failures.
    private static let times = (
        pressure: Duration.seconds(10), firstPause: Duration.milliseconds(200), longestPause: Duration.seconds(7)
    )

    /// A keeper; nothing is written before it runs.
    ///
    /// - Parameters:
    ///   - storage: The folder whose file system must not run full.
    ///   - findProblem: Says what is wrong with the pods' network configuration; nil for nothing.
    init(
        client: KubernetesClient,
        facts: NodeDescription,
        health: NodeHealth,
        storage: String,
        findProblem: @escaping @Sendable () -> String?,
        events: NodeEvents,
        logger: Logger
    ) {
        self.client = client
        self.facts = facts
        self.storage = storage
        self.findProblem = findProblem
        self.events = events
        self.logger = logger
        state = Mutex(State(health: health))
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes note of how a part of the node is.
    func update(_ change: (inout NodeHealth) -> Void) {
        let isNews = state.withLock { state in
            let old = state.health
            change(&state.health)
            return state.health != old
        }
        if isNews { wakeUp.yield() }
    }

    /// How the node is.
    var health: NodeHealth { state.withLock { $0.health } }

    /// The uid of the Node; nil where there is none.
    var uid: String? { state.withLock { $0.present?[path: "metadata", "uid"]?.string } }

    /// The Node as it was last seen; nil where there never was one.
    var lastSeen: JSONValue? { state.withLock { $0.last } }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.follow() }
                group.addTask { await self.watchPressure() }
                group.addTask { await self.keep() }
            }
        }
    }

    private func watchPressure() async {
        while !Task.isCancelled {
            let pressure = HostPressure.read(storage: storage)
            let problem = findProblem()
            update {
                $0.pressure = pressure
                $0.configurationProblem = problem
            }
            // The status may be due.
            wakeUp.yield()
            try? await client.time.sleep(Self.times.pressure)
        }
    }

    // MARK: What there is

    private func follow() async {
        let selection = Selection(fields: "metadata.name=\(facts.name)")
        for await event in Reflector(Resource<NodeKind>.self, client: client, selection: selection) {
            switch event {
            case .replaced(let nodes, _, _): see(nodes.first?.value, isComplete: true)
            case .changed(let node): see(node.value, isComplete: false)
            case .deleted:
                logger.notice("somebody deleted the Node, registering it anew", metadata: ["node": "\(facts.name)"])
                see(nil, isComplete: true)
            case .unreadable(let error):
                logger.error("ignoring a change of the Node", metadata: ["error": "\(error)"])
                continue
            case .interrupted(let error, let wait):
                logger.warning(
                    "cannot follow the Node, trying again",
                    metadata: ["error": "\(error)", "after": "\(wait)"]
                )
                continue
            }
            wakeUp.yield()
        }
    }

    /// Takes note of a Node as the server has it.
    ///
    /// - Parameter isComplete: This is what there is; otherwise an older version than is known counts nothing.
    private func see(_ node: JSONValue?, isComplete: Bool) {
        state.withLock { state in
            let uid = node?[path: "metadata", "uid"]
            if !isComplete, let uid, uid == state.gone { return }
            if !isComplete, let node, let present = state.present, Self.version(node) < Self.version(present),
                uid == present[path: "metadata", "uid"]
            {
                return
            }
            if node == nil, let present = state.present { state.gone = present[path: "metadata", "uid"] }
            state.isListed = true
            state.present = node
            if let node { state.last = node }
        }
    }

    private static func version(_ node: JSONValue) -> UInt64 {
        node[path: "metadata", "resourceVersion"]?.string.flatMap { UInt64($0) } ?? .max
    }

    // MARK: What there should be

    private func keep() async {
        var pause = Self.times.firstPause
        let start = client.time.now()
        for await _ in wakeUps {
            while !Task.isCancelled {
                let (now, uptime) = (Timestamp.now, client.time.now() - start)
                let step = state.withLock { state -> NodeStep? in
                    guard state.isListed else { return nil }
                    return NodeStep.next(
                        facts,
                        state.health,
                        present: state.present,
                        reported: state.reported,
                        uptime: uptime,
                        now: now
                    )
                }
                guard let step else { break }
                do throws(ClientError) {
                    try await perform(step, now: now)
                    pause = Self.times.firstPause
                } catch {
                    guard error != .cancelled else { return }
                    logger.warning(
                        "cannot write the Node, trying again",
                        metadata: ["node": "\(facts.name)", "error": "\(error)", "after": "\(pause)"]
                    )
                    try? await client.time.sleep(pause)
                    pause = min(pause * 2, Self.times.longestPause)
                }
            }
        }
    }

    private func perform(_ step: NodeStep, now: Timestamp) async throws(ClientError) {
        let answer: [UInt8]
        do throws(ClientError) {
            answer = try await write(step)
        } catch {
            // What is known of the Node came after the watch told that it is gone.
            if case .api(let refusal) = error, refusal.code == 404 { see(nil, isComplete: true) }
            throw error
        }
        guard let node = try? JSONValue(json: answer) else { return }
        // What is answered is newer than what the watch told so far.
        let isReported = if case .patch = step { false } else { true }
        see(node, isComplete: false)
        let change = state.withLock { state -> Bool? in
            if isReported { state.reported = now }
            let isReady = state.health.obstacle == nil
            defer { state.wasReady = isReady }
            return isReported && state.wasReady != isReady ? isReady : nil
        }
        if let change { tellReadiness(change, of: node) }
    }

    private func write(_ step: NodeStep) async throws(ClientError) -> [UInt8] {
        switch step {
        case .create(let object):
            let answer = try await client.post(NodeKind.resource, namespace: nil, body: object.json)
            logger.notice("registered", metadata: ["node": "\(facts.name)"])
            return answer
        case .patch(let patch):
            return try await client.patch(
                NodeKind.resource,
                namespace: nil,
                name: facts.name,
                type: .merge,
                body: patch.json
            )
        case .patchStatus(let patch):
            return try await client.patch(
                NodeKind.resource,
                namespace: nil,
                name: facts.name,
                subresource: "status",
                type: .merge,
                body: patch.json
            )
        }
    }

    private func tellReadiness(_ isReady: Bool, of node: JSONValue) {
        let reason = isReady ? "NodeReady" : "NodeNotReady"
        let object = ObjectReference(NodeKind.resource, name: facts.name, uid: facts.name)
        events.record(
            ObjectEvent(object: object, reason: reason, message: "Node \(facts.name) status is now: \(reason)")
        )
        let obstacle = health.obstacle
        if isReady {
            logger.notice("ready", metadata: ["node": "\(facts.name)"])
        } else {
            logger.notice("not ready", metadata: ["node": "\(facts.name)", "reason": "\(obstacle ?? "")"])
        }
    }
}
