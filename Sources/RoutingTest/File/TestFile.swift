public import Addressing
public import JSON

/// What a test file says: a cluster, and what is to become of traffic in it.
public struct TestFile: Sendable, Equatable {
    /// The file, as it was named: manifests' paths begin in its folder.
    public var path: String
    /// The IP families of the cluster, the first one preferred; at least one.
    public var families: [IPFamily]
    /// Flags for `trama proxy` on every node.
    public var proxyFlags: [String]
    /// At least one.
    public var nodes: [TestNode]
    /// The pods, of whatever namespace.
    public var pods: [TestPod]
    /// Who talks to the cluster from outside; at least one.
    public var outside: [OutsideClient]
    /// Objects, or files of them.
    public var manifests: [TestManifest]
    /// The rows of the file, before lists in them are multiplied out.
    public var flows: [TestFlow]

    /// The most of each, so that a file cannot ask for more than a machine has.
    public enum Limit {
        /// Bytes of the file.
        public static let fileSize = 4 << 20
        /// Nodes of a file.
        public static let nodes = 50
        /// Pods of a node.
        public static let podsOfNode = 200
        /// Pods of a file.
        public static let pods = 500
        /// Clients outside.
        public static let outside = 200
        /// Flows, after lists are multiplied out.
        public static let flows = 5_000
        /// Connections of a flow.
        public static let connections = 20_000
        /// Connections of all flows from one host: each has a source port that none had before.
        public static let connectionsOfHost = 27_000
    }
}

/// A node of the cluster.
public struct TestNode: Sendable, Equatable {
    /// Its name: that of the Node.
    public var name: String
    /// Its `topology.kubernetes.io/zone`.
    public var zone: String?
    /// Further labels.
    public var labels: [String: String]
    /// Where it stands.
    public var line: Int
}

/// A pod: an echo server, and a client.
public struct TestPod: Sendable, Equatable {
    /// Its name, by which flows and answers know it.
    public var name: String
    /// Its namespace.
    public var namespace: String
    /// The node it runs on.
    public var node: String
    /// What Services select it by.
    public var labels: [String: String]
    /// Ports it listens on besides those that Services lead to; `targetPort` may name them.
    public var ports: [PodPort]
    /// Whether it is ready.
    public var isReady: Bool
    /// Whether it is being deleted.
    public var isTerminating: Bool
    /// Whether it uses the node's network.
    public var isOnHostNetwork: Bool
    /// Its addresses, where they are not to be chosen; at most one of each family.
    public var addresses: [IPAddress]
    /// Where it stands.
    public var line: Int
}

/// A port of a pod.
public struct PodPort: Sendable, Hashable {
    /// What `targetPort` calls it; empty for none.
    public var name: String
    /// Its number, from 1.
    public var number: UInt16
    /// TCP unless written `53/udp`.
    public var transport: TransportProtocol
}

/// Somebody outside of the cluster.
public struct OutsideClient: Sendable, Equatable {
    /// By which flows know it.
    public var name: String
    /// At most one of each family.
    public var addresses: [IPAddress]
    /// Where it stands.
    public var line: Int

    /// Who there is where the file names nobody.
    static let standard = OutsideClient(
        name: "outside",
        addresses: [.v4(0xcb00_7102), .v6(high: 0x2001_0db8_0113_0000, low: 2)],
        line: 1
    )
}

/// Objects of the cluster.
public struct TestManifest: Sendable, Equatable {
    /// Where objects come from.
    public enum Source: Sendable, Equatable {
        /// A file of manifests, relative to the test file.
        case file(String)
        /// An object written in the test file.
        case object(JSONValue)
    }

    /// Where they come from.
    public var source: Source
    /// Where it stands in the test file.
    public var line: Int
}

/// A row of the table of flows. Every list in it stands for as many rows.
public struct TestFlow: Sendable, Equatable {
    /// What the row shows, in words; empty for none.
    public var name: String
    /// Pods, nodes and clients outside.
    public var from: [String]
    /// What they dial.
    public var to: [FlowTarget]
    /// Which of a Service's addresses.
    public var via: [ServiceWay]
    /// The node whose NodePort it is, or where traffic from outside comes in; empty for the usual.
    public var at: [String]
    /// Empty for those of the Service's port, or TCP.
    public var transports: [TransportProtocol]
    /// Empty for all of the cluster in which there is such a target.
    public var families: [IPFamily]
    /// How many; nil for as many as it takes to tell.
    public var connections: Int?
    /// What is to become of them.
    public var expect: FlowExpectation
    /// Which source the endpoint is to see; nil where it does not matter.
    public var source: SourceExpectation?
    /// Whether all connections are to end at the same endpoint.
    public var isSticky: Bool
    /// Where it stands.
    public var line: Int
    /// Which row of the file, from 0.
    public var index: Int
}

/// What a flow dials.
public enum FlowTarget: Sendable, Hashable {
    /// `NAME[.NAMESPACE]:PORT`, the port by number or name.
    case service(namespace: String, name: String, port: String)
    /// `pod/NAME:PORT`.
    case pod(name: String, port: UInt16)
    /// `node/NAME:PORT`.
    case node(name: String, port: UInt16)
    /// `ADDRESS:PORT`, `[ADDRESS]:PORT`.
    case address(IPAddress, port: UInt16)
}

/// Which of a Service's addresses is dialled.
public enum ServiceWay: String, Sendable, Hashable, CaseIterable {
    /// Its ClusterIP.
    case clusterIP
    /// A node's address, at the NodePort.
    case nodePort
    /// Its load balancer's address, as it is on nodes.
    case loadBalancer
    /// The first of its externalIPs of the family.
    case externalIP
}

/// What is to become of connections.
public enum FlowExpectation: Sendable, Equatable {
    /// These pods answer, each its share by weight; at least one, weights from 1.
    case endpoints([WeightedEndpoint])
    /// Refused at once.
    case refused
    /// No answer.
    case dropped
    /// The network says that there is no way.
    case unreachable
}

/// A pod that is to answer.
public struct WeightedEndpoint: Sendable, Hashable {
    /// The pod.
    public var pod: String
    /// Its share, against the others' weights.
    public var weight: Int
}

/// Which source address an endpoint is to see.
public enum SourceExpectation: Sendable, Hashable {
    /// The client's own.
    case kept
    /// One of the node's whose rules were applied.
    case masqueraded
    /// This one.
    case address(IPAddress)
}
