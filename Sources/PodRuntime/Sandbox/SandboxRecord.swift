import Addressing
import JSON

/// A pod's network as it is kept on the disk, so that it can be taken down after whatever has happened.
struct SandboxRecord: Sendable, Hashable {
    /// Where the namespaces are bound; nil on the host's network.
    var networkNamespace: String?
    var utsNamespace: String?
    var ipcNamespace: String?
    /// The list of plug-ins that was used; nil on the host's network.
    var network: JSONValue?
    /// What was passed to them.
    var capabilities: JSONObject = JSONObject()
    var arguments = ""
    /// What they answered; nil before they have.
    var result: JSONValue?
    var addresses: [IPAddress] = []
    /// Whether it was made to the end.
    var isComplete = false

    init() {}

    init(json: JSONValue) {
        networkNamespace = json["networkNamespace"]?.string
        utsNamespace = json["utsNamespace"]?.string
        ipcNamespace = json["ipcNamespace"]?.string
        network = json["network"]
        capabilities = json["capabilities"]?.object ?? JSONObject()
        arguments = json["arguments"]?.string ?? ""
        result = json["result"]
        addresses = (json["addresses"]?.array ?? []).compactMap { $0.string.flatMap { IPAddress($0) } }
        isComplete = json["isComplete"]?.bool ?? false
    }

    var json: JSONValue {
        var json: JSONValue = [
            "capabilities": .object(capabilities), "arguments": .string(arguments),
            "addresses": .array(addresses.map { .string("\($0)") }), "isComplete": .bool(isComplete),
        ]
        json["networkNamespace"] = networkNamespace.map { .string($0) }
        json["utsNamespace"] = utsNamespace.map { .string($0) }
        json["ipcNamespace"] = ipcNamespace.map { .string($0) }
        json["network"] = network
        json["result"] = result
        return json
    }
}
