import JSON
import KubernetesAPI

/// What is wanted of a pod: the parts of its object that the runtime goes by.
struct PodSpecification: Sendable, Hashable {
    /// Which containers are started again after they ended.
    enum RestartPolicy: String, Sendable, Hashable {
        case always = "Always"
        case onFailure = "OnFailure"
        case never = "Never"
    }

    /// The object as the API server has it.
    var object: JSONValue
    var uid: String
    var namespace: String
    var name: String
    var restartPolicy: RestartPolicy
    /// In the order in which they run.
    var initContainers: [ContainerSpecification]
    var containers: [ContainerSpecification]
    var usesHostNetwork: Bool
    /// For how long its programs may take to end, in seconds.
    var gracePeriod: Int
    /// Set when it is to be deleted: the seconds that its programs get then.
    var deletionGracePeriod: Int?
    /// For how long it may be active, in seconds.
    var activeDeadline: Int?
    /// Conditions of others that it needs to be ready.
    var readinessGates: [String]

    /// Reads an object.
    ///
    /// - Throws: Where it has no name or no UID, or such that are no names of files.
    init(_ object: JSONValue) throws(PodSpecificationError) {
        let metadata = object["metadata"]
        guard let uid = metadata?["uid"]?.string, let name = metadata?["name"]?.string,
            Self.isFileName(uid), Self.isFileName(name)
        else { throw PodSpecificationError("metadata.name and metadata.uid must be names") }
        let namespace = metadata?["namespace"]?.string ?? "default"
        guard Self.isFileName(namespace) else { throw PodSpecificationError("metadata.namespace must be a name") }
        let spec = object["spec"]
        self.object = object
        self.uid = uid
        self.name = name
        self.namespace = namespace
        restartPolicy = RestartPolicy(rawValue: spec?["restartPolicy"]?.string ?? "") ?? .always
        initContainers = Self.containers(spec?["initContainers"], isInit: true)
        containers = Self.containers(spec?["containers"], isInit: false)
        let names = (initContainers + containers).map(\.name)
        guard names.allSatisfy(Self.isFileName), Set(names).count == names.count else {
            throw PodSpecificationError("spec.containers must have names of their own")
        }
        usesHostNetwork = spec?["hostNetwork"]?.bool ?? false
        gracePeriod = Self.seconds(spec?["terminationGracePeriodSeconds"]) ?? 30
        activeDeadline = Self.seconds(spec?["activeDeadlineSeconds"])
        readinessGates = (spec?["readinessGates"]?.array ?? []).compactMap { $0["conditionType"]?.string }
        if metadata?["deletionTimestamp"]?.string != nil {
            deletionGracePeriod = Self.seconds(metadata?["deletionGracePeriodSeconds"]) ?? gracePeriod
        }
    }

    /// The object without what changes by itself all the time, and nobody needs after a restart.
    var lasting: JSONValue {
        var lasting = object
        lasting["status"] = nil
        for name in ["resourceVersion", "managedFields"] { lasting["metadata"]?[name] = nil }
        return lasting
    }

    /// All containers, those that run first in front.
    var allContainers: [ContainerSpecification] { initContainers + containers }

    /// The pod's annotations.
    var annotations: [String: String] { Self.texts(object[path: "metadata", "annotations"]) }

    /// The pod's labels.
    var labels: [String: String] { Self.texts(object[path: "metadata", "labels"]) }

    private static func texts(_ value: JSONValue?) -> [String: String] {
        var texts: [String: String] = [:]
        for member in value?.object?.members ?? [] { texts[member.name] = member.value.string }
        return texts
    }

    private static func containers(_ value: JSONValue?, isInit: Bool) -> [ContainerSpecification] {
        (value?.array ?? []).map { ContainerSpecification($0, isInit: isInit) }
    }

    /// Seconds, not negative and not more than ten years.
    private static func seconds(_ value: JSONValue?) -> Int? {
        value?.integer.map { min(max($0, 0), 315_360_000) }
    }

    /// Whether paths can be made with it: the API server allows nothing else, but files must not depend on that.
    static func isFileName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 253 && text != "." && text != ".."
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") }
    }
}

/// Why an object is no pod that can be run.
struct PodSpecificationError: Error, Hashable, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
