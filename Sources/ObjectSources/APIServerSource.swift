import KubernetesAPI
public import KubernetesClient
public import Logging
import ServiceRouting
import Synchronization

/// The objects of an API server, followed for as long as it runs.
///
/// For a proxy it asks for no more than upstream's role `system:node-proxier` allows, with the selectors of upstream's
/// kube-proxy. Synced once Services and EndpointSlices were listed, and the own Node and the ServiceCIDRs, which old
/// servers do not have, were listed or refused; an outage is waited out. Without these the first sync after a restart would take out rules that
/// the second puts in again.
public struct APIServerSource: ObjectSource {
    /// Which objects are followed.
    private enum Scope: Sendable {
        /// What a proxy on this node needs.
        case proxy(nodeName: String, serviceProxyName: String?)
        /// All Services and EndpointSlices, and nothing else.
        case everyService
    }

    private let client: KubernetesClient
    private let scope: Scope
    private let logger: Logger

    /// A source of what a proxy needs; nothing is sent before it runs.
    ///
    /// - Parameters:
    ///   - client: The API server.
    ///   - nodeName: The name of the Node object of this node.
    ///   - serviceProxyName: Asks for the Services whose label `service.kubernetes.io/service-proxy-name` has this
    ///     value; nil: for those without it.
    ///   - logger: Is told of trouble.
    public init(client: KubernetesClient, nodeName: String, serviceProxyName: String? = nil, logger: Logger) {
        self.client = client
        scope = .proxy(nodeName: nodeName, serviceProxyName: serviceProxyName)
        self.logger = logger
    }

    /// A source of all Services, headless ones too, and all EndpointSlices; nothing is sent before it runs.
    ///
    /// - Parameters:
    ///   - client: The API server.
    ///   - logger: Is told of trouble.
    public init(ofEveryServiceBehind client: KubernetesClient, logger: Logger) {
        self.client = client
        scope = .everyService
        self.logger = logger
    }

    /// Follows all kinds at once, until the task is cancelled.
    public func run(into queue: ObjectChangeQueue) async {
        var plurals: Set<String> = [Service.resource.plural, EndpointSlice.resource.plural]
        var services = Selection()
        var slices = Selection()
        var node: String?
        if case .proxy(let nodeName, let serviceProxyName) = scope {
            plurals.formUnion([Node.resource.plural, ServiceCIDR.resource.plural])
            services.labels =
                serviceProxyName.map { "service.kubernetes.io/service-proxy-name=\($0)" }
                ?? "!service.kubernetes.io/service-proxy-name"
            services.fields = "spec.clusterIP!=None"
            slices.labels = "!service.kubernetes.io/headless"
            node = nodeName
        }
        let unlisted = Mutex(plurals)
        let completes: @Sendable (String) -> Bool = { plural in
            unlisted.withLock { unlisted in unlisted.remove(plural) != nil && unlisted.isEmpty }
        }

        await withDiscardingTaskGroup { [services, slices, node] group in
            group.addTask {
                await follow(Service.self, services, into: queue, completes: completes) { name, object in
                    .service(ObjectKey(name), object)
                }
            }
            group.addTask {
                await follow(EndpointSlice.self, slices, into: queue, completes: completes) { name, object in
                    .endpointSlice(ObjectKey(name), object)
                }
            }
            guard let node else { return }
            group.addTask {
                let selection = Selection(fields: "metadata.name=\(node)")
                await follow(Node.self, selection, isOptional: true, into: queue, completes: completes) { _, object in
                    .node(object)
                }
            }
            group.addTask {
                let everything = Selection()
                await follow(ServiceCIDR.self, everything, isOptional: true, into: queue, completes: completes) {
                    .serviceCIDR($0.name, $1)
                }
            }
        }
    }

    private func follow<Object: KubernetesObject>(
        _ type: Object.Type,
        _ selection: Selection,
        isOptional: Bool = false,
        into queue: ObjectChangeQueue,
        completes: @Sendable (String) -> Bool,
        change: @Sendable (ObjectName, Object?) -> ObjectChange
    ) async {
        let plural = Object.resource.plural
        var known = KnownVersions()
        var log = TroubleLog(logger: logger, resource: plural)
        for await event in Reflector(type, client: client, selection: selection) {
            log.note(event)
            queue.put(known.changes(of: event).map { change($0.name, $0.object) })
            // Only after they are in: the other kind's task must not say so for them.
            let isSettled =
                switch event {
                case .replaced: true
                case .interrupted(let error, _): isOptional && error.isRefusal
                case .changed, .deleted, .unreadable: false
                }
            if isSettled, completes(plural) { queue.put([], completes: true) }
        }
    }
}

extension ClientError {
    /// Whether the server said that it does not have the kind, or not for us; anything else may pass.
    fileprivate var isRefusal: Bool {
        guard case .api(let answer) = self else { return false }
        return [401, 403, 404, 405].contains(answer.code)
    }
}

extension ObjectKey {
    /// The key of an object that has a namespace.
    fileprivate init(_ name: ObjectName) {
        self.init(namespace: name.namespace ?? "", name: name.name)
    }
}

/// Logs what a reflector meets, and says once that all is well again.
private struct TroubleLog {
    let logger: Logger
    let resource: String
    private var inTrouble = false
    private var isMissing = false

    init(logger: Logger, resource: String) {
        self.logger = logger
        self.resource = resource
    }

    mutating func note<Object>(_ event: ReflectorEvent<Object>) {
        switch event {
        case .interrupted(let error, let wait):
            if case .api(let answer) = error, answer.code == 404 {
                missing()
            } else {
                logger.warning(
                    "cannot follow \(resource), trying again",
                    metadata: ["error": "\(error)", "after": "\(wait)"]
                )
            }
            inTrouble = true
        case .unreadable(let error):
            unreadable(error)
        case .replaced(_, _, let errors):
            for error in errors { unreadable(error) }
            well()
        case .changed, .deleted:
            well()
        }
    }

    /// A kind that the server does not have is asked for again, as it may be upgraded, but not complained of again.
    private mutating func missing() {
        guard !isMissing else { return }
        isMissing = true
        logger.notice("the API server does not have \(resource), going on without them")
    }

    private func unreadable(_ error: ObjectError) {
        logger.error("ignoring a change of \(resource) that cannot be read", metadata: ["error": "\(error)"])
    }

    private mutating func well() {
        guard inTrouble else { return }
        inTrouble = false
        isMissing = false
        logger.notice("following \(resource) again")
    }
}
