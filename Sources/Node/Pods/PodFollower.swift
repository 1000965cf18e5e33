import JSON
import KubernetesAPI
import KubernetesClient
import Logging
import PodRuntime
import ServiceLifecycle

/// `v1` `Pod`, as a tree.
enum PodKind: ResourceKind {
    static var resource: ResourceType { Pod.resource }
}

/// Follows the pods that are bound to this node, and hands them to what runs them.
struct PodFollower: ServiceLifecycle.Service, CustomStringConvertible {
    let description = "pods of this node"

    let client: KubernetesClient
    let facts: NodeDescription
    let keeper: NodeKeeper
    let runtime: PodRuntime
    let statuses: PodStatusWriter
    let directory: PodDirectory
    let events: NodeEvents
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // Labels and taints of the Node decide who may be here.
            while !Task.isCancelled, keeper.lastSeen == nil {
                try? await client.time.sleep(.milliseconds(50))
            }
            await follow()
        }
    }

    private func follow() async {
        var intake = PodIntake()
        var isInterrupted = false
        let selection = Selection(fields: "spec.nodeName=\(facts.name)")
        for await event in Reflector(Resource<PodKind>.self, client: client, selection: selection) {
            let predicates = NodePredicates(node: keeper.lastSeen ?? [:], facts: facts)
            var commands: [PodIntake.Command] = []
            switch event {
            case .replaced(let pods, _, let unreadable):
                for error in unreadable { logger.error("ignoring a pod", metadata: ["error": "\(error)"]) }
                commands = intake.replaced(pods.map(\.value), predicates: predicates)
                // What cannot be read now may well run: nothing is ended then.
                if !unreadable.isEmpty { commands.removeAll { if case .keep = $0 { true } else { false } } }
            case .changed(let pod): commands = intake.changed(pod.value, predicates: predicates)
            case .deleted(let namespace, let name):
                commands = intake.deleted(ObjectName(namespace: namespace, name: name))
            case .unreadable(let error):
                logger.error("ignoring a change of a pod", metadata: ["error": "\(error)"])
            case .interrupted(let error, let wait):
                isInterrupted = true
                logger.warning("cannot follow pods, trying again", metadata: ["error": "\(error)", "after": "\(wait)"])
                continue
            }
            if isInterrupted {
                isInterrupted = false
                logger.notice("following pods again")
            }
            for command in commands { await perform(command) }
        }
    }

    private func perform(_ command: PodIntake.Command) async {
        switch command {
        case .apply(let pod):
            directory.saw(pod)
            statuses.saw(pod)
            await runtime.apply(pod)
        case .remove(let uid):
            directory.gone(uid: uid)
            statuses.gone(uid: uid)
            await runtime.remove(uid: uid)
        case .keep(let uids): await runtime.keep(uids)
        case .reject(let pod, let rejection):
            statuses.saw(pod)
            report(pod, status: rejection.status)
            let metadata = pod["metadata"]
            events.record(
                ObjectEvent(
                    object: ObjectReference(
                        Pod.resource,
                        namespace: metadata?["namespace"]?.string,
                        name: metadata?["name"]?.string ?? "",
                        uid: metadata?["uid"]?.string ?? ""
                    ),
                    isWarning: true,
                    reason: rejection.reason,
                    message: rejection.message
                )
            )
        case .note(let pod): statuses.saw(pod)
        case .leave(let pod):
            statuses.saw(pod)
            report(pod, status: pod["status"] ?? [:])
        }
    }

    /// Says of a pod of which nothing is here what its status is.
    private func report(_ pod: JSONValue, status: JSONValue) {
        let metadata = pod["metadata"]
        guard let uid = metadata?["uid"]?.string, let namespace = metadata?["namespace"]?.string,
            let name = metadata?["name"]?.string
        else { return }
        statuses.report(uid: uid, namespace: namespace, name: name, status: status, isFinished: true)
    }
}
