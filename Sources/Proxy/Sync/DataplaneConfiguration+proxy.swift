import Addressing
import ServiceDataplane

extension DataplaneConfiguration {
    /// What a proxy's configuration says of one family's table.
    init(_ configuration: ProxyConfiguration, family: IPFamily) {
        self.init(
            family: family,
            tableName: configuration.tableName,
            masqueradeMark: configuration.masqueradeMark,
            masqueradeAll: configuration.masqueradesAll,
            podDetector: PodDetector(configuration.localDetection, family: family)
        )
    }
}

extension PodDetector {
    /// How the packets of pods are recognised in the kernel.
    ///
    /// In a family for which no prefix is configured nobody can be told to be a pod, so there is no detector.
    init(_ detection: ProxyConfiguration.LocalDetection, family: IPFamily) {
        self =
            switch detection {
            case .none: .none
            case .prefixes(let prefixes): prefixes.contains { $0.family == family } ? .prefixes : .none
            case .nodePodCIDRs: .prefixes
            case .bridge(let name): .bridge(name)
            case .interfacePrefix(let prefix): .interfacePrefix(prefix)
            }
    }
}
