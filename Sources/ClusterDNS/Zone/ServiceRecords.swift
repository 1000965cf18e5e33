import Addressing
import KubernetesAPI

/// Which Service is meant, by its labels in names.
struct ServiceName: Hashable, Sendable {
    var namespace: String
    var name: String
}

/// A Service, as far as names are concerned.
struct ServiceRecords: Sendable, Equatable {
    /// What its name leads to.
    enum Kind: Sendable, Equatable {
        /// Its virtual addresses; none where they are not assigned yet.
        case virtual([IPAddress])
        /// Its endpoints.
        case headless(publishesNotReady: Bool)
        /// Another name.
        case alias(DNSName)
    }

    /// A port.
    struct Port: Sendable, Equatable {
        /// Empty for none; SRV records of the port's own need one.
        var name: String
        /// `tcp`, `udp` or `sctp`.
        var transport: String
        var number: UInt16
    }

    var kind: Kind
    var ports: [Port]

    /// Nil for a Service that has no name in a zone.
    init?(_ service: Service) {
        switch service.type {
        case .externalName:
            guard let target = DNSName(service.externalName), target != .root else { return nil }
            kind = .alias(target)
        default:
            kind =
                service.isHeadless
                ? .headless(publishesNotReady: service.publishNotReadyAddresses)
                : .virtual(service.clusterIPs.compactMap { IPAddress($0) })
        }
        ports = service.ports.compactMap { port in
            guard let number = UInt16(exactly: port.port), number > 0 else { return nil }
            return Port(name: port.name.asciiLowercased, transport: port.protocol.transportLabel, number: number)
        }
    }

    /// Whether it is headless, and if so, whether endpoints count that are not ready.
    var headless: (isHeadless: Bool, publishesNotReady: Bool) {
        guard case .headless(let publishes) = kind else { return (false, false) }
        return (true, publishes)
    }
}

/// An EndpointSlice, as far as names are concerned.
struct SliceRecords: Sendable, Equatable {
    /// An endpoint.
    struct Endpoint: Sendable, Equatable {
        var address: IPAddress
        var isReady: Bool
        /// Its label below the Service's name: its host name, or its address with dashes.
        var label: String

        /// Whether it has a name.
        func counts(publishingNotReady: Bool) -> Bool { isReady || publishingNotReady }
    }

    /// The Service that it belongs to.
    var service: ServiceName
    var ports: [ServiceRecords.Port]
    var endpoints: [Endpoint]

    /// Nil for a slice without a Service, or whose endpoints are no addresses.
    init?(_ slice: EndpointSlice, namespace: String) {
        guard let name = slice.metadata.labels[EndpointSlice.serviceNameLabel], !name.isEmpty else { return nil }
        guard slice.addressType == .ipv4 || slice.addressType == .ipv6 else { return nil }
        service = ServiceName(namespace: namespace.asciiLowercased, name: name.asciiLowercased)
        ports = slice.ports.compactMap { port in
            guard let number = port.port.flatMap({ UInt16(exactly: $0) }), number > 0 else { return nil }
            return ServiceRecords.Port(
                name: (port.name ?? "").asciiLowercased,
                transport: (port.protocol ?? "").transportLabel,
                number: number
            )
        }
        endpoints = slice.endpoints.compactMap { endpoint in
            guard let address = endpoint.addresses.first.flatMap({ IPAddress($0) }) else { return nil }
            let hostName = (endpoint.hostname ?? "").asciiLowercased
            return Endpoint(
                address: address,
                isReady: endpoint.ready ?? true,
                label: hostName.isEmpty ? address.dashed : hostName
            )
        }
    }
}

extension IPAddress {
    /// The address as a label: `10-0-0-1`, `fd00--1`.
    var dashed: String {
        String(description.map { $0 == "." || $0 == ":" ? "-" : $0 })
    }

    /// The address that a label stands for.
    init?(dashed label: String) {
        let dashes = label.utf8.count { $0 == UInt8(ascii: "-") }
        let isIPv4 = dashes == 3 && label.utf8.allSatisfy { $0 != UInt8(ascii: ":") } && !label.contains("--")
        if isIPv4, let address = IPAddress(String(label.map { $0 == "-" ? "." : $0 })), address.dashed == label {
            self = address
            return
        }
        guard dashes >= 2, !label.contains("."), !label.contains(":") else { return nil }
        guard let address = IPAddress(String(label.map { $0 == "-" ? ":" : $0 })) else { return nil }
        self = address
    }
}

extension String {
    /// With ASCII capitals as small letters; names compare so (RFC 4343).
    var asciiLowercased: String {
        guard utf8.contains(where: { (0x41...0x5a).contains($0) }) else { return self }
        return String(decoding: utf8.map { DNSName.lowercased($0) }, as: UTF8.self)
    }

    /// The second label of a SRV name, without its underscore, for a protocol as Kubernetes writes it.
    var transportLabel: String { isEmpty ? "tcp" : asciiLowercased }
}
