import JSON
import KubernetesAPI
import KubernetesClient
import Logging
import PodRuntime
import ServiceLifecycle
import Synchronization

/// What pods refer to, from the API server: ConfigMaps and Secrets when they are needed, and all Services.
final class ClusterEnvironment: PodEnvironment, ServiceLifecycle.Service, CustomStringConvertible {
    let description = "Services for variables"

    private struct Key: Hashable {
        var kind: PodDataKind
        var namespace: String
        var name: String
    }

    private struct State {
        var data = DataCache<Key, [String: [UInt8]]>(lifetime: .seconds(3), limit: 256)
        var services: [ObjectName: KubernetesAPI.Service] = [:]
        var hasServices = false
    }

    /// How long a container waits for the first list of Services.
    private static let patience: Duration = .seconds(10)

    private let client: KubernetesClient
    private let logger: Logger
    private let state = Mutex(State())

    init(client: KubernetesClient, logger: Logger) {
        self.client = client
        self.logger = logger
    }

    // MARK: ConfigMaps and Secrets

    func data(_ kind: PodDataKind, namespace: String, name: String) async throws -> [String: [UInt8]] {
        let key = Key(kind: kind, namespace: namespace, name: name)
        let now = client.time.now()
        if let known = state.withLock({ $0.data.value(of: key, now: now) }) { return known }
        do {
            let bytes = try await client.read(Self.resource(kind), namespace: namespace, name: name)
            let data = Self.data(kind, in: try JSONValue(json: bytes))
            state.withLock { $0.data.put(data, for: key, now: now) }
            return data
        } catch ClientError.api(let answer) where answer.code == 404 {
            throw PodEnvironmentError.notFound
        }
    }

    private static func resource(_ kind: PodDataKind) -> ResourceType {
        switch kind {
        case .configMap:
            ResourceType(group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true)
        case .secret: ResourceType(group: "", version: "v1", kind: "Secret", plural: "secrets", namespaced: true)
        }
    }

    /// The data of an object, decoded; what is not as it should be is left out.
    static func data(_ kind: PodDataKind, in object: JSONValue) -> [String: [UInt8]] {
        var data: [String: [UInt8]] = [:]
        for member in object["data"]?.object?.members ?? [] {
            guard let text = member.value.string else { continue }
            data[member.name] = kind == .secret ? Base64.decode(Array(text.utf8)) ?? [] : Array(text.utf8)
        }
        for member in object["binaryData"]?.object?.members ?? [] where kind == .configMap {
            guard let text = member.value.string else { continue }
            data[member.name] = Base64.decode(Array(text.utf8)) ?? []
        }
        return data
    }

    // MARK: Tokens

    private static let accounts = ResourceType(
        group: "",
        version: "v1",
        kind: "ServiceAccount",
        plural: "serviceaccounts",
        namespaced: true
    )

    func token(
        namespace: String,
        serviceAccount: String,
        podName: String,
        podUID: String,
        audiences: [String],
        expiration: Duration
    ) async throws -> String {
        var request: JSONValue = [
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": [
                "expirationSeconds": .integer(Int(clamping: max(600, expiration.components.seconds))),
                "boundObjectRef": [
                    "apiVersion": "v1", "kind": "Pod", "name": .string(podName), "uid": .string(podUID),
                ],
            ],
        ]
        if !audiences.isEmpty { request[path: "spec", "audiences"] = .strings(audiences) }
        do {
            let answer = try await client.post(
                Self.accounts,
                namespace: namespace,
                name: serviceAccount,
                subresource: "token",
                body: request.json
            )
            guard let token = try JSONValue(json: answer)[path: "status", "token"]?.string else {
                throw PodEnvironmentError.notFound
            }
            return token
        } catch ClientError.api(let answer) where answer.code == 404 {
            throw PodEnvironmentError.notFound
        }
    }

    // MARK: Services

    func serviceVariables(namespace: String) async -> [(name: String, value: String)] {
        let end = client.time.now() + Self.patience
        while !state.withLock({ $0.hasServices }), client.time.now() < end, !Task.isCancelled {
            try? await client.time.sleep(.milliseconds(20))
        }
        return ServiceVariables.make(state.withLock { $0.services }.values, namespace: namespace)
    }

    func run() async throws {
        let reflector = Reflector(
            KubernetesAPI.Service.self,
            client: client,
            selection: Selection(fields: "spec.clusterIP!=None")
        )
        for await event in reflector.cancelOnGracefulShutdown() {
            switch event {
            case .replaced(let services, _, _):
                let pairs = services.map { (ObjectName($0.metadata), $0) }
                state.withLock {
                    $0.services = Dictionary(pairs) { _, new in new }
                    $0.hasServices = true
                }
            case .changed(let service): state.withLock { $0.services[ObjectName(service.metadata)] = service }
            case .deleted(let namespace, let name):
                state.withLock { $0.services[ObjectName(namespace: namespace, name: name)] = nil }
            case .unreadable: break
            case .interrupted(let error, let wait):
                logger.info(
                    "cannot follow Services, trying again",
                    metadata: ["error": "\(error)", "after": "\(wait)"]
                )
            }
        }
    }
}
