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
            podDetector: PodDetector(configuration.localDetection)
        )
    }
}

extension PodDetector {
    /// How the packets of pods are recognised in the kernel.
    init(_ detection: ProxyConfiguration.LocalDetection) {
        self =
            switch detection {
            case .none: .none
            case .prefixes, .nodePodCIDRs: .prefixes
            case .bridge(let name): .bridge(name)
            case .interfacePrefix(let prefix): .interfacePrefix(prefix)
            }
    }
}
