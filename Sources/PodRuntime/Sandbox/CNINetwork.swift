import Glibc
import JSON
import KubernetesAPI
import PodLauncher

/// How pods get their network: a list of plug-ins (CNI specification 1.1.0, "Network configuration").
struct CNINetwork: Sendable, Hashable {
    var name: String
    var version: String
    /// Their configurations, in the order in which they are called.
    var plugins: [JSONValue]

    /// Reads a list, or the configuration of one plug-in.
    init(_ json: JSONValue, path: String) throws(LauncherError) {
        guard let name = json["name"]?.string, !name.isEmpty else { throw LauncherError("\(path) has no name") }
        self.name = name
        version = json["cniVersion"]?.string ?? "0.2.0"
        plugins = json["plugins"]?.array ?? [json]
        for plugin in plugins {
            guard let type = plugin["type"]?.string, PodSpecification.isFileName(type) else {
                throw LauncherError("\(path): each of plugins must have a type that is the name of a program")
            }
        }
        guard !plugins.isEmpty, plugins.count <= 32 else {
            throw LauncherError("\(path) lists no plugins, or too many")
        }
    }

    /// The first file of the folder by name, as other runtimes choose it.
    static func first(in folder: String) throws(LauncherError) -> CNINetwork {
        let endings = [".conflist", ".conf", ".json"]
        let names = SmallFiles.names(in: folder)
        guard let name = names.first(where: { name in endings.contains { name.hasSuffix($0) } }) else {
            throw LauncherError("no network configuration is in \(folder): put a .conflist there")
        }
        let path = "\(folder)/\(name)"
        let bytes = try SmallFiles.read(path, limit: 1 << 20)
        do {
            return try CNINetwork(try JSONValue(json: bytes), path: path)
        } catch let error as LauncherError {
            throw error
        } catch {
            throw LauncherError("\(path): \(error)")
        }
    }

    /// The list as a value, to be kept for the time when the network is taken down.
    var json: JSONValue {
        ["name": .string(name), "cniVersion": .string(version), "plugins": .array(plugins)]
    }

    /// What one plug-in is given.
    ///
    /// - Parameter capabilities: What the pod asks for, by the names of capabilities; it gets those that it declares.
    func input(of plugin: JSONValue, previous: JSONValue?, capabilities: JSONObject) -> JSONValue {
        var input = plugin
        input["name"] = .string(name)
        input["cniVersion"] = .string(version)
        input["prevResult"] = previous
        var runtime = JSONObject()
        for member in plugin["capabilities"]?.object?.members ?? [] where member.value.bool == true {
            if let value = capabilities[member.name] { runtime[member.name] = value }
        }
        input["capabilities"] = nil
        if !runtime.isEmpty { input["runtimeConfig"] = .object(runtime) }
        return input
    }

    /// What a pod asks of plug-ins by its ports and annotations.
    static func capabilities(of pod: PodSpecification) -> JSONObject {
        var capabilities = JSONObject()
        var mappings: [JSONValue] = []
        for container in pod.allContainers {
            for port in container.object["ports"]?.array ?? [] {
                guard let host = port["hostPort"]?.integer, host > 0, let inside = port["containerPort"]?.integer else {
                    continue
                }
                mappings.append([
                    "hostPort": .integer(host), "containerPort": .integer(inside),
                    "protocol": .string((port["protocol"]?.string ?? "TCP").lowercased()),
                    "hostIP": .string(port["hostIP"]?.string ?? ""),
                ])
            }
        }
        capabilities["portMappings"] = .array(mappings)
        var bandwidth = JSONObject()
        for (direction, name) in [("ingress", "ingress"), ("egress", "egress")] {
            let text = pod.annotations["kubernetes.io/\(direction)-bandwidth"]
            guard let rate = text.flatMap({ Quantity($0) })?.wholeUnits, rate > 0 else { continue }
            bandwidth["\(name)Rate"] = .integer(rate)
            // As containerd: what the kernel takes at most, so that the rate alone counts.
            bandwidth["\(name)Burst"] = .integer(Int32.max)
        }
        if !bandwidth.isEmpty { capabilities["bandwidth"] = .object(bandwidth) }
        // Addresses that were asked for; an annotation of this project's, and Calico's.
        for name in ["trama.dev/ips", "cni.projectcalico.org/ipAddrs"] {
            guard let text = pod.annotations[name], let value = try? JSONValue(json: Array(text.utf8)) else { continue }
            capabilities["ips"] = value
        }
        return capabilities
    }
}
