import Testing

@testable import Proxy

@Suite struct KubeProxyConfigurationTextTests {
    /// `/configz` of kube-proxy 1.36.2 for a file in the nftables mode, without the outer object.
    static let captured = """
        {"kind":"KubeProxyConfiguration","apiVersion":"kubeproxy.config.k8s.io/v1alpha1","clientConnection":\
        {"kubeconfig":"/etc/kubernetes/kubeconfig","acceptContentTypes":"","contentType":\
        "application/vnd.kubernetes.protobuf","qps":5,"burst":10},"logging":{"format":"text","flushFrequency":"5s",\
        "verbosity":9,"options":{"text":{"infoBufferSize":"0"},"json":{"infoBufferSize":"0"}}},"hostnameOverride":"n0",\
        "bindAddress":"0.0.0.0","healthzBindAddress":"127.0.0.1:10256","metricsBindAddress":"127.0.0.1:10249",\
        "bindAddressHardFail":false,"enableProfiling":false,"showHiddenMetricsForVersion":"","mode":"nftables",\
        "iptables":{"masqueradeBit":14,"masqueradeAll":false,"localhostNodePorts":true,"syncPeriod":"0s",\
        "minSyncPeriod":"0s"},"ipvs":{"syncPeriod":"0s","minSyncPeriod":"0s","scheduler":"","excludeCIDRs":null,\
        "strictARP":false,"tcpTimeout":"0s","tcpFinTimeout":"0s","udpTimeout":"0s"},"nftables":{"masqueradeBit":14,\
        "masqueradeAll":false,"syncPeriod":"30s","minSyncPeriod":"1s"},"winkernel":{"networkName":"","sourceVip":"",\
        "enableDSR":false,"rootHnsEndpointName":"","forwardHealthCheckVip":false},"detectLocalMode":"ClusterCIDR",\
        "detectLocal":{"bridgeInterface":"","interfaceNamePrefix":""},"clusterCIDR":"10.244.0.0/16",\
        "nodePortAddresses":["primary"],"oomScoreAdj":-999,"conntrack":{"maxPerCore":0,"min":0,\
        "tcpEstablishedTimeout":"0s","tcpCloseWaitTimeout":"0s","tcpBeLiberal":false,"udpTimeout":"0s",\
        "udpStreamTimeout":"0s"},"configSyncPeriod":"15m0s","portRange":""}
        """

    @Test("what upstream prints is read and printed again byte for byte") func configz() throws {
        var document = try ConfigurationFile(Self.captured, path: "configz").document
        // Go's zero durations mean the defaults when they are read.
        document.iptables.syncPeriod = GoDuration(.zero)
        document.iptables.minSyncPeriod = GoDuration(.zero)
        document.ipvs.syncPeriod = GoDuration(.zero)
        #expect(document.json == Self.captured)
    }

    @Test("the written file reads back equal, whatever its texts contain") func yaml() throws {
        var document = KubeProxyConfiguration()
        document.completeDefaults()
        document.hostnameOverride = "a: \"b\"\n#é\u{1}"
        document.featureGates = ["A": true]
        document.nodePortAddresses = ["10.0.0.0/8"]
        let reading = try ConfigurationFile(document.yaml, path: "written")
        #expect(reading.document == document)
        #expect(reading.warnings.isEmpty)
    }
}
