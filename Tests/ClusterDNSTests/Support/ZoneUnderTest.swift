import Addressing
import ClusterDNS
import KubernetesAPI
import SeededTesting
import ServiceRouting

/// A zone of `cluster.local`, with texts in and texts out.
struct ZoneUnderTest {
    var zone: ClusterZone
    var generator = SeededGenerator(seed: 1)

    init() {
        var configuration = ClusterZone.Configuration(domain: DNSName("cluster.local") ?? .root)
        configuration.serverAddresses = [.v4(0x0a60_000a)]
        zone = ClusterZone(configuration)
    }

    /// Makes or changes a Service; no addresses make it headless.
    mutating func service(
        _ name: String,
        _ addresses: String...,
        ports: [ServicePort] = [],
        namespace: String = "default",
        publishNotReady: Bool = false
    ) {
        let service = Service(
            metadata: ObjectMeta(name: name, namespace: namespace),
            clusterIPs: addresses.isEmpty ? ["None"] : addresses,
            ports: ports,
            publishNotReadyAddresses: publishNotReady
        )
        zone.apply(.service(ObjectKey(namespace: namespace, name: name), service))
    }

    /// Makes or changes an ExternalName Service.
    mutating func alias(_ name: String, _ target: String) {
        let service = Service(
            metadata: ObjectMeta(name: name, namespace: "default"),
            type: .externalName,
            externalName: target
        )
        zone.apply(.service(ObjectKey(namespace: "default", name: name), service))
    }

    mutating func removeService(_ name: String) {
        zone.apply(.service(ObjectKey(namespace: "default", name: name), nil))
    }

    /// Makes or changes a slice.
    mutating func slice(
        _ name: String,
        of service: String,
        _ endpoints: [Endpoint],
        ports: [EndpointPort] = [],
        type: AddressType = .ipv4
    ) {
        let slice = EndpointSlice(
            metadata: ObjectMeta(
                name: name,
                namespace: "default",
                labels: [EndpointSlice.serviceNameLabel: service]
            ),
            addressType: type,
            ports: ports,
            endpoints: endpoints
        )
        zone.apply(.endpointSlice(ObjectKey(namespace: "default", name: name), slice))
    }

    mutating func removeSlice(_ name: String) {
        zone.apply(.endpointSlice(ObjectKey(namespace: "default", name: name), nil))
    }

    mutating func ask(_ name: String, _ type: RecordType) -> ZoneAnswer {
        zone.answer(DNSMessage.Question(DNSName(name) ?? .root, type), using: &generator)
    }

    /// What is answered: `NXDOMAIN`, `NODATA`, `elsewhere`, or the records, sorted.
    mutating func look(_ name: String, _ type: RecordType) -> [String] {
        switch ask(name, type) {
        case .elsewhere: ["elsewhere"]
        case .continues(let content, let target): content.texts + ["-> \(target)"]
        case .complete(let content):
            content.answers.isEmpty ? [content.code == .noError ? "NODATA" : "\(content.code)"] : content.texts.sorted()
        }
    }
}

extension ZoneAnswer.Content {
    var texts: [String] { answers.map(\.data.text) }
}

extension RecordData {
    /// As zone files have it, without the dot at the end of names.
    var text: String {
        switch self {
        case .address(let address): "\(address)"
        case .nameServer(let name), .alias(let name), .pointer(let name): "\(name)"
        case .service(let location): "\(location.port) \(location.target)"
        case .text(let texts): texts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
        case .authority(let authority): "\(authority.server) \(authority.serial)"
        case .mail(let preference, let host): "\(preference) \(host)"
        case .other(let type, let bytes): "\(type) \(bytes)"
        }
    }
}
