/// What a request changes of a device itself; nil leaves a setting alone.
struct DeviceChange: Hashable {
    var privateKey: WireGuardSecret?
    var listenPort: UInt16?
    /// 0 for none.
    var firewallMark: UInt32?

    init(privateKey: WireGuardSecret? = nil, listenPort: UInt16? = nil, firewallMark: UInt32? = nil) {
        self.privateKey = privateKey
        self.listenPort = listenPort
        self.firewallMark = firewallMark
    }

    /// What makes a device that of the configuration. Setting a key again would end its sessions.
    init(from status: WireGuardStatus, to configuration: WireGuardConfiguration) {
        if !(status.privateKey?.isSamePrivateKey(as: configuration.privateKey) ?? false) {
            privateKey = configuration.privateKey
        }
        if status.listenPort != configuration.listenPort { listenPort = configuration.listenPort }
        if status.firewallMark != configuration.firewallMark { firewallMark = configuration.firewallMark ?? 0 }
    }

    var isEmpty: Bool { self == DeviceChange() }

    /// What is changed, in words.
    var words: [String] {
        var words: [String] = []
        if privateKey != nil { words.append("private key") }
        if let listenPort { words.append("UDP port \(listenPort)") }
        if let firewallMark { words.append("mark \(firewallMark)") }
        return words
    }
}
