import FoundationEssentials
import KubernetesAPI
import KubernetesClient
import Logging
import ObjectSources
import Observability
import ServiceLifecycle

/// Where objects come from and events go to: an API server, or a folder.
struct ProxySource: Sendable {
    let objects: any ObjectSource
    let events: any EventRecorder
    /// What has to run for events to be posted.
    let eventServices: [any ServiceLifecycle.Service]
    private let client: KubernetesClient?

    init(_ configuration: ProxyConfiguration, nodeName: String, logger: Logger) throws {
        switch configuration.source {
        case .manifests(let directory):
            client = nil
            objects = ManifestSource(directory: directory, nodeName: nodeName, logger: logger)
            events = DiscardingEventRecorder()
            eventServices = []
        case .cluster(let kubeconfig, let master):
            var settings = try ClientConfiguration.resolve(
                kubeconfig: kubeconfig,
                master: master,
                environment: ProcessInfo.processInfo.environment
            )
            settings.requestsPerSecond = configuration.document.clientConnection.qps
            settings.burst = configuration.document.clientConnection.burst
            settings.userAgent = "trama-proxy/\(TramaVersion.current)"
            let client = try KubernetesClient(settings)
            self.client = client
            objects = APIServerSource(
                client: client,
                nodeName: nodeName,
                serviceProxyName: configuration.serviceProxyName,
                logger: logger
            )
            let recorder = QueuedEventRecorder(logger: logger) { event, count in
                let object = Event(event, count: count, nodeName: nodeName)
                try await client.create(Event.resource, namespace: object.namespace, body: object.json)
            }
            events = recorder
            eventServices = [recorder]
        }
    }

    /// Closes connections.
    func shutdown() async { await client?.shutdown() }
}

/// Runs an object source and puts what it says into the inbox.
struct SourcePump: ServiceLifecycle.Service, CustomStringConvertible {
    let source: any ObjectSource
    let inbox: Inbox
    let description = "object source"

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            try await source.follow { batch in
                inbox.post { content in
                    for change in batch.changes { content.objects.add(change) }
                    content.isSynced = content.isSynced || batch.isSynced
                }
            }
        }
    }
}

extension Event {
    /// The Event of the API for one of the proxy's.
    init(_ event: ProxyEvent, count: Int, nodeName: String) {
        self.init(
            regarding: ObjectReference(
                apiVersion: "v1",
                kind: event.regarding.kind,
                namespace: event.regarding.namespace,
                name: event.regarding.name,
                uid: event.regarding.uid ?? ""
            ),
            time: .now,
            severity: event.type == .warning ? .warning : .normal,
            reason: event.reason,
            action: event.action,
            note: count > 1 ? "\(event.note) (\(count) times)" : event.note,
            reportingController: "kube-proxy",
            reportingInstance: nodeName
        )
    }
}
