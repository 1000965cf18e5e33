import Addressing

/// What is wrong with the configuration, and what would be right.
public struct NodeConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The flag, its value, the fault and the remedy.
    public var description: String

    init(_ description: String) { self.description = description }
}

extension NodeConfiguration {
    /// Effects that a taint may have.
    private static let effects: Set<String> = ["NoSchedule", "PreferNoSchedule", "NoExecute"]

    /// Refuses what cannot work, before anything is touched.
    public func check() throws(NodeConfigurationError) {
        guard !kubeconfig.isEmpty else {
            throw NodeConfigurationError("--kubeconfig: give the node's kubeconfig (`trama control-plane kubeconfig`)")
        }
        guard Set(nodeAddresses.map(\.family)).count == nodeAddresses.count else {
            throw NodeConfigurationError("--node-ip: at most one address of each family, such as 10.0.0.1,fd00::1")
        }
        for address in nodeAddresses where address.isUnspecified || address.isLoopback || address.isMulticast {
            throw NodeConfigurationError("--node-ip \(address): must be an address that other hosts reach")
        }
        guard (1...10_000).contains(maxPods) else {
            throw NodeConfigurationError("--max-pods \(maxPods): must be 1 to 10000")
        }
        guard (.seconds(1) ... .seconds(3600)).contains(leaseDuration) else {
            throw NodeConfigurationError(
                "--node-lease-duration \(leaseDuration.components.seconds): must be 1 to 3600 seconds"
            )
        }
        guard Set(clusterRanges.map(\.family)).count == clusterRanges.count else {
            throw NodeConfigurationError("--cluster-cidr: at most one prefix of each family")
        }
        for (key, value) in labels {
            guard Self.isLabelKey(key), Self.isLabelValue(value) else {
                throw NodeConfigurationError(
                    "--node-labels \(key)=\(value): a key is [domain/]name, a value at most 63 of a-z A-Z 0-9 - _ ."
                )
            }
        }
        for taint in taints {
            guard Self.isLabelKey(taint.key), Self.isLabelValue(taint.value), Self.effects.contains(taint.effect) else {
                throw NodeConfigurationError(
                    "--register-with-taints \(taint.key)=\(taint.value):\(taint.effect): must be key[=value]:effect, with "
                        + "an effect of NoSchedule, PreferNoSchedule and NoExecute"
                )
            }
        }
        guard servers.certificateFile == nil || servers.keyFile != nil else {
            throw NodeConfigurationError("--tls-cert-file: needs --tls-private-key-file")
        }
    }

    private static func isLabelKey(_ key: String) -> Bool {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.last, parts.count <= 2, !name.isEmpty, isLabelValue(String(name)) else { return false }
        guard parts.count == 2 else { return true }
        return (1...253).contains(parts[0].utf8.count)
            && parts[0].utf8.allSatisfy {
                Self.isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
            }
    }

    private static func isLabelValue(_ value: String) -> Bool {
        guard let first = value.utf8.first, let last = value.utf8.last else { return true }
        return value.utf8.count <= 63 && isAlphanumeric(first) && isAlphanumeric(last)
            && value.utf8.allSatisfy { Self.isAlphanumeric($0) || "-_.".utf8.contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}

extension NodeConfiguration.Taint {
    /// Reads `key=value:effect` or `key:effect`; nil where it is neither.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let pair = parts[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(
            key: String(pair[0]),
            value: pair.count == 2 ? String(pair[1]) : "",
            effect: String(parts[1])
        )
    }
}
