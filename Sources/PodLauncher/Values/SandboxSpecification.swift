package import JSON

/// What a pod's containers share: the runtime hands it to `trama-pod sandbox`.
package struct SandboxSpecification: Sendable, Hashable {
    /// Where the network namespace is bound; nil for the host's network.
    package var networkNamespace: String?
    /// Where the UTS namespace is bound; nil for the host's name.
    package var utsNamespace: String?
    /// Where the IPC namespace is bound; nil for the host's.
    package var ipcNamespace: String?
    /// The host name in the UTS namespace: at most 64 bytes.
    package var hostName: String
    /// Kernel settings of the namespaces: `net.core.somaxconn` and its value.
    package var settings: [(name: String, value: String)]

    package init(
        networkNamespace: String?,
        utsNamespace: String?,
        ipcNamespace: String?,
        hostName: String,
        settings: [(name: String, value: String)] = []
    ) {
        self.networkNamespace = networkNamespace
        self.utsNamespace = utsNamespace
        self.ipcNamespace = ipcNamespace
        self.hostName = hostName
        self.settings = settings
    }

    /// Reads what ``json`` wrote.
    package init(json: JSONValue) {
        self.init(
            networkNamespace: json["networkNamespace"]?.string,
            utsNamespace: json["utsNamespace"]?.string,
            ipcNamespace: json["ipcNamespace"]?.string,
            hostName: json["hostName"]?.string ?? "",
            settings: (json["settings"]?.array ?? []).compactMap {
                guard let name = $0["name"]?.string, let value = $0["value"]?.string else { return nil }
                return (name, value)
            }
        )
    }

    /// Everything, for the file.
    package var json: JSONValue {
        var json: JSONValue = [
            "hostName": .string(hostName),
            "settings": .array(settings.map { ["name": .string($0.name), "value": .string($0.value)] }),
        ]
        json["networkNamespace"] = networkNamespace.map { .string($0) }
        json["utsNamespace"] = utsNamespace.map { .string($0) }
        json["ipcNamespace"] = ipcNamespace.map { .string($0) }
        return json
    }

    package static func == (left: Self, right: Self) -> Bool { left.json == right.json }

    package func hash(into hasher: inout Hasher) { hasher.combine(json) }
}
