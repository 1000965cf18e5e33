import Addressing
import Observability

/// From the document to the configuration, with upstream's checks and the words of its messages.
extension ConfigurationResolver {
    mutating func build() {
        configuration.document = document
        configuration.configurationFile = configurationFile
        buildOptions()
        buildNode()
        buildLocalDetection()
        buildRules()
        buildServers()
        buildConntrack()
        buildLog()
    }

    // MARK: Parts

    /// What only flags say.
    private mutating func buildOptions() {
        let (cleansUp, initializes) = (boolean("cleanup"), boolean("init-only"))
        if cleansUp, initializes {
            problems.append(.init(.flag("init-only"), "excludes --cleanup: give one of them"))
        }
        if cleansUp { configuration.purpose = .cleanUp } else if initializes { configuration.purpose = .initialize }
        if let path = flags["write-config-to"], !path.isEmpty {
            configuration.purpose = .writeConfiguration(path: path)
        }
        configuration.takesOver = boolean("take-over")

        let kubeconfig = document.clientConnection.kubeconfig
        let master = flags["master"] ?? ""
        if let directory = flags["manifests"] {
            if directory.isEmpty { problems.append(.init(.flag("manifests"), "expected a folder, found nothing")) }
            if !kubeconfig.isEmpty || !master.isEmpty {
                let other = master.isEmpty ? "\(origin(of: "clientConnection.kubeconfig"))" : "--master"
                problems.append(.init(.flag("manifests"), "excludes an API server, which \(other) names: choose one"))
            }
            configuration.source = .manifests(directory: directory)
        } else {
            configuration.source = .cluster(
                kubeconfig: kubeconfig.isEmpty ? nil : kubeconfig,
                master: master.isEmpty ? nil : master
            )
        }
        checkNotNegative("clientConnection.burst", document.clientConnection.burst)
        if let name = flags["service-proxy-name"], !name.isEmpty {
            if !name.isLabelValue {
                problems.append(
                    .init(
                        .flag("service-proxy-name"),
                        "\"\(name)\" is not a label value: at most 63 of a-z A-Z 0-9 - _ ."
                    )
                )
            }
            configuration.serviceProxyName = name
        }
        if let name = flags["table-name"] {
            if !name.isTableName {
                problems.append(
                    .init(
                        .flag("table-name"),
                        "\"\(name)\" is not a table name: a letter, then at most 126 of a-z A-Z 0-9 - _ . /"
                    )
                )
            } else if name == "kube-proxy" {
                problems.append(.init(.flag("table-name"), "kube-proxy is upstream's table: choose another name"))
            }
            configuration.tableName = name
        }
    }

    private mutating func buildNode() {
        if !document.hostnameOverride.isEmpty { configuration.nodeNameOverride = document.hostnameOverride }
        if let address = IPAddress(document.bindAddress) {
            configuration.nodeAddressOverride = address.isUnspecified ? nil : address
        } else {
            fail("bindAddress", "\"\(document.bindAddress)\" is not a valid textual representation of an IP address")
        }
        let ranges = document.nodePortAddresses ?? []
        if ranges == ["primary"] {
            configuration.nodePortAddresses = .primary
        } else if ranges.contains("primary") {
            fail("nodePortAddresses", "can't use both 'primary' and CIDRs")
        } else {
            var prefixes: [IPPrefix] = []
            for range in ranges {
                guard let prefix = IPPrefix(range) else {
                    fail(
                        "nodePortAddresses",
                        "\"\(range)\" must be a valid CIDR block (e.g. 192.168.0.0/16), or 'primary'"
                    )
                    continue
                }
                prefixes.append(prefix)
            }
            configuration.nodePortAddresses = .prefixes(prefixes)
            for family in IPFamily.allCases
            where !prefixes.isEmpty && !prefixes.contains(where: { $0.family == family }) {
                warn(
                    "\(origin(of: "nodePortAddresses")): nodePortAddresses has no \(family) range, so NodePorts are "
                        + "served on every local \(family) address"
                )
            }
        }
        checkRange("oomScoreAdj", document.oomScoreAdj, -1000...1000)
        configuration.oomScoreAdjustment = document.oomScoreAdj
    }

    private mutating func buildLocalDetection() {
        let prefixes = clusterPrefixes()
        switch document.detectLocalMode {
        case "ClusterCIDR":
            configuration.localDetection = prefixes.isEmpty ? .none : .prefixes(prefixes)
            if document.clusterCIDR.isEmpty {
                warn("detectLocalMode is ClusterCIDR but clusterCIDR is not set, so local pods are not recognized")
            }
        case "NodeCIDR":
            configuration.localDetection = .nodePodCIDRs
        case "BridgeInterface":
            checkInterface("detectLocal.bridgeInterface", document.detectLocal.bridgeInterface)
            configuration.localDetection = .bridge(document.detectLocal.bridgeInterface)
        case "InterfaceNamePrefix":
            checkInterface("detectLocal.interfaceNamePrefix", document.detectLocal.interfaceNamePrefix)
            configuration.localDetection = .interfacePrefix(document.detectLocal.interfaceNamePrefix)
        case let mode:
            fail("detectLocalMode", "\"\(mode)\" must be BridgeInterface, ClusterCIDR, InterfaceNamePrefix or NodeCIDR")
        }
    }

    private mutating func clusterPrefixes() -> [IPPrefix] {
        guard !document.clusterCIDR.isEmpty else { return [] }
        let texts = document.clusterCIDR.split(separator: ",", omittingEmptySubsequences: false)
        let prefixes = texts.compactMap { IPPrefix(String($0)) }
        switch texts.count {
        case 1 where prefixes.count != 1:
            fail(
                "clusterCIDR",
                "\"\(document.clusterCIDR)\" must be a valid CIDR block (e.g. 10.100.0.0/16 or fde4:8dba:82e1::/48)"
            )
        case 2 where prefixes.count != 2 || prefixes[0].family == prefixes[1].family:
            fail(
                "clusterCIDR",
                "\"\(document.clusterCIDR)\" must be a valid DualStack CIDR (e.g. 10.100.0.0/16,fde4:8dba:82e1::/48)"
            )
        case 3...:
            fail(
                "clusterCIDR",
                "\"\(document.clusterCIDR)\": only one CIDR allowed or a valid DualStack CIDR "
                    + "(e.g. 10.100.0.0/16,fde4:8dba:82e1::/48)"
            )
        default:
            break
        }
        return prefixes
    }

    private mutating func buildRules() {
        switch document.mode {
        case "", "nftables": break
        case "iptables", "ipvs":
            let name = origin(of: "mode")
            let what = if case .flag = name { "\(name)=\(document.mode)" } else { "\(name): mode \(document.mode)" }
            warn("\(what) has no effect: the rules are nftables rules")
        case let mode:
            fail("mode", "\"\(mode)\" must be nftables, or iptables, ipvs or blank, which mean the same here")
        }
        checkRange("nftables.masqueradeBit", document.nftables.masqueradeBit, 0...31)
        if (0...31).contains(document.nftables.masqueradeBit) {
            configuration.masqueradeBit = document.nftables.masqueradeBit
        }
        configuration.masqueradesAll = document.nftables.masqueradeAll
        configuration.syncPeriod = document.nftables.syncPeriod.duration
        configuration.minSyncPeriod = document.nftables.minSyncPeriod.duration
        checkPositive("nftables.syncPeriod", document.nftables.syncPeriod)
        checkPositive("configSyncPeriod", document.configSyncPeriod)
        checkNotNegative("nftables.minSyncPeriod", document.nftables.minSyncPeriod)
        if configuration.minSyncPeriod > configuration.syncPeriod {
            fail("nftables.syncPeriod", "must be greater than or equal to nftables.minSyncPeriod")
        }
    }

    private mutating func buildServers() {
        configuration.healthzAddress = address("healthzBindAddress", document.healthzBindAddress)
        configuration.metricsAddress = address("metricsBindAddress", document.metricsBindAddress)
        configuration.bindAddressHardFail = document.bindAddressHardFail
    }

    private mutating func buildConntrack() {
        let conntrack = document.conntrack
        checkNotNegative("conntrack.maxPerCore", conntrack.maxPerCore)
        checkNotNegative("conntrack.min", conntrack.min)
        configuration.conntrack.maxPerCore = conntrack.maxPerCore == 0 ? nil : conntrack.maxPerCore
        configuration.conntrack.min = conntrack.min
        configuration.conntrack.tcpBeLiberal = conntrack.tcpBeLiberal
        configuration.conntrack.tcpEstablishedTimeout = timeout(
            "conntrack.tcpEstablishedTimeout",
            conntrack.tcpEstablishedTimeout
        )
        configuration.conntrack.tcpCloseWaitTimeout = timeout(
            "conntrack.tcpCloseWaitTimeout",
            conntrack.tcpCloseWaitTimeout
        )
        configuration.conntrack.udpTimeout = timeout("conntrack.udpTimeout", conntrack.udpTimeout)
        configuration.conntrack.udpStreamTimeout = timeout("conntrack.udpStreamTimeout", conntrack.udpStreamTimeout)
    }

    private mutating func buildLog() {
        if let format = LogSettings.Format(rawValue: document.logging.format) {
            configuration.log.format = format
        } else {
            fail("logging.format", "\"\(document.logging.format)\" must be text or json")
        }
        checkNotNegative("logging.verbosity", document.logging.verbosity)
        configuration.log.verbosity = document.logging.verbosity
    }

    // MARK: Checks

    private mutating func boolean(_ flag: String) -> Bool {
        guard let text = flags[flag] else { return false }
        guard let value = Bool(goText: text) else {
            problems.append(.init(.flag(flag), "expected true or false, found \"\(text)\""))
            return false
        }
        return value
    }

    private mutating func checkRange(_ path: String, _ value: Int, _ range: ClosedRange<Int>) {
        guard !range.contains(value) else { return }
        fail(path, "\(value) must be within the range [\(range.lowerBound), \(range.upperBound)]")
    }

    private mutating func checkPositive(_ path: String, _ value: GoDuration) {
        if value.duration <= .zero { fail(path, "\(value) must be greater than 0") }
    }

    private mutating func checkNotNegative(_ path: String, _ value: GoDuration) {
        if value.duration < .zero { fail(path, "\(value) must be greater than or equal to 0") }
    }

    private mutating func checkNotNegative(_ path: String, _ value: Int) {
        if value < 0 { fail(path, "\(value) must be greater than or equal to 0") }
    }

    /// Interface names have 1...15 bytes, without white space and `/` (`dev_valid_name` in the kernel).
    private mutating func checkInterface(_ path: String, _ name: String) {
        let isValid = (1...15).contains(name.utf8.count) && !name.contains { $0.isWhitespace || $0 == "/" }
        if !isValid { fail(path, "\"\(name)\" must be an interface name of 1 to 15 characters") }
    }

    private mutating func timeout(_ path: String, _ value: GoDuration) -> Duration? {
        checkNotNegative(path, value)
        return value.duration == .zero ? nil : value.duration
    }

    private mutating func address(_ path: String, _ text: String) -> ListenAddress? {
        guard !text.isEmpty else { return nil }
        do {
            return try HostPort.parse(text)
        } catch {
            fail(path, "\"\(text)\" \(error.reason)")
            return nil
        }
    }
}

extension String {
    /// Whether nft accepts it as the name of a table.
    fileprivate var isTableName: Bool {
        guard let first = utf8.first, first.isLetter, utf8.count <= 127 else { return false }
        return utf8.allSatisfy { $0.isLetter || $0.isDigit || "-_./".utf8.contains($0) }
    }

    /// Whether Kubernetes accepts it as the value of a label.
    fileprivate var isLabelValue: Bool {
        guard let first = utf8.first, let last = utf8.last, utf8.count <= 63 else { return false }
        return [first, last].allSatisfy { $0.isLetter || $0.isDigit }
            && utf8.allSatisfy { $0.isLetter || $0.isDigit || "-_.".utf8.contains($0) }
    }
}

extension UInt8 {
    fileprivate var isLetter: Bool { (0x61...0x7a).contains(self) || (0x41...0x5a).contains(self) }
    fileprivate var isDigit: Bool { (0x30...0x39).contains(self) }
}
