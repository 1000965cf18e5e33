import KubernetesAPI
import KubernetesClient

/// Tells people what controllers notice, as Events; the same thing said again counts up.
///
/// Events are a help: one that cannot be written is lost, and nothing waits for it but the worker that tells it.
actor EventRecorder {
    private let client: KubernetesClient
    private let wallClock: @Sendable () -> Timestamp
    private var book: EventBook

    init(client: KubernetesClient, component: String, wallClock: @escaping @Sendable () -> Timestamp) {
        self.client = client
        self.wallClock = wallClock
        book = EventBook(component: component)
    }

    func record(_ event: ClusterEvent) async {
        let event = ObjectEvent(
            object: ObjectReference(
                event.resource,
                namespace: event.object.namespace,
                name: event.object.name,
                uid: event.uid
            ),
            isWarning: event.isWarning,
            reason: event.reason,
            message: event.message
        )
        while true {
            let request = book.request(for: event, now: wallClock())
            do {
                return try await client.write(request)
            } catch {
                book.forget(event)
                // One that was told before may be gone, and is told anew.
                guard case .patch = request, error != .cancelled else { return }
            }
        }
    }
}
