public import Addressing
public import JSON
public import KubernetesAPI

/// What the store holds of an address or a node port that is given out, so that no two servers give out the same.
///
/// A record is put in the transaction that writes the Service, under the condition that its key does not exist, and
/// deleted in the one that takes it back. An address is an IPAddress object, as upstream's; a node port has a key below
/// `/registry/ranges/servicenodeports/`.
public struct AllocationRecord: Sendable, Hashable {
    /// Where records of node ports are.
    public static let portPrefix = "/registry/ranges/servicenodeports/"
    /// Where IPAddress objects are.
    public static let addressPrefix = "/registry/ipaddresses/"
    /// Who made an IPAddress object: label `ipaddress.kubernetes.io/managed-by`.
    public static let manager = "ipallocator.k8s.io"

    /// The key in the store.
    public var key: String
    /// What is stored: an IPAddress object without resourceVersion, or who has a node port.
    public var value: JSONValue

    /// A record from its parts.
    public init(key: String, value: JSONValue) {
        self.key = key
        self.value = value
    }

    /// The key of an address.
    public static func key(of address: IPAddress) -> String { "\(addressPrefix)\(address)" }

    /// The key of a node port.
    public static func key(ofPort port: Int) -> String { "\(portPrefix)\(port)" }

    /// The record of an address that a Service has.
    ///
    /// - Parameters:
    ///   - uid: The new object's.
    ///   - now: When it is made.
    public static func address(
        _ address: IPAddress,
        namespace: String,
        name: String,
        uid: String,
        now: Timestamp
    ) -> AllocationRecord {
        AllocationRecord(
            key: key(of: address),
            value: [
                "kind": "IPAddress", "apiVersion": "networking.k8s.io/v1",
                "metadata": [
                    "name": .string("\(address)"), "uid": .string(uid),
                    "creationTimestamp": .string("\(Timestamp(seconds: now.seconds))"),
                    "labels": [
                        "ipaddress.kubernetes.io/ip-family": .string("\(address.family)"),
                        "ipaddress.kubernetes.io/managed-by": .string(manager),
                    ],
                ],
                "spec": [
                    "parentRef": [
                        "resource": "services", "namespace": .string(namespace), "name": .string(name),
                    ]
                ],
            ]
        )
    }

    /// The record of a node port that a Service has.
    public static func port(_ port: Int, namespace: String, name: String) -> AllocationRecord {
        AllocationRecord(
            key: key(ofPort: port),
            value: ["namespace": .string(namespace), "name": .string(name)]
        )
    }

    /// The address or port that it is about; nil for another key.
    public var subject: Subject? {
        if key.hasPrefix(Self.addressPrefix) {
            return IPAddress(key.dropFirst(Self.addressPrefix.count)).map(Subject.address)
        }
        guard key.hasPrefix(Self.portPrefix) else { return nil }
        return Int(key.dropFirst(Self.portPrefix.count)).map(Subject.port)
    }

    /// What is given out.
    public enum Subject: Sendable, Hashable {
        /// A ClusterIP.
        case address(IPAddress)
        /// A node port.
        case port(Int)
    }

    /// Whether a Service of that name has it.
    public func belongs(toNamespace namespace: String, name: String) -> Bool {
        let owner = value["spec"]?["parentRef"] ?? value
        return owner["namespace"]?.string == namespace && owner["name"]?.string == name
            && (owner["resource"]?.string ?? "services") == "services"
    }
}

extension AllocationChanges {
    /// The records to put, each under the condition that its key does not exist.
    ///
    /// - Parameter makeUID: Makes a new uid for each IPAddress object.
    public func records(
        namespace: String,
        name: String,
        now: Timestamp,
        makeUID: () -> String
    ) -> [AllocationRecord] {
        reservedAddresses.map {
            .address($0, namespace: namespace, name: name, uid: makeUID(), now: now)
        } + reservedPorts.map { .port($0, namespace: namespace, name: name) }
    }

    /// The keys to delete, where they belong to the Service.
    public var releasedKeys: [String] {
        releasedAddresses.map(AllocationRecord.key(of:)) + releasedPorts.map(AllocationRecord.key(ofPort:))
    }
}
