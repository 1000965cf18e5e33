import KubernetesAPI
import KubernetesClient
import Logging
import ServiceLifecycle
import Synchronization

/// Tells people what happens on the node, as Events; the same thing said again counts up.
///
/// Events are a help: of more than a few hundred that wait the oldest are lost, and so is one that cannot be written.
final class NodeEvents: ServiceLifecycle.Service, CustomStringConvertible {
    let description = "events"

    /// How many wait at most.
    private static let queue = 256

    private let client: KubernetesClient
    private let nodeName: String
    private let logger: Logger
    private let waiting: AsyncStream<ObjectEvent>
    private let continuation: AsyncStream<ObjectEvent>.Continuation

    /// Events of a node.
    init(client: KubernetesClient, nodeName: String, logger: Logger) {
        self.client = client
        self.nodeName = nodeName
        self.logger = logger
        (waiting, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.queue))
    }

    /// Tells an event; returns at once.
    func record(_ event: ObjectEvent) {
        continuation.yield(event)
    }

    func run() async throws {
        var book = EventBook(component: "kubelet", host: nodeName)
        for await event in waiting.cancelOnGracefulShutdown() {
            while true {
                let request = book.request(for: event, now: .now)
                do throws(ClientError) {
                    try await client.write(request)
                    break
                } catch {
                    book.forget(event)
                    // One that was told before may be gone, and is told anew.
                    if case .patch = request, error != .cancelled { continue }
                    logger.debug("an event is lost", metadata: ["reason": "\(event.reason)", "error": "\(error)"])
                    break
                }
            }
        }
    }
}
