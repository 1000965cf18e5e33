import Addressing
import Glibc
import JSON
import PodLauncher

/// Calls the plug-ins of a list.
struct CNICaller: Sendable {
    let runner: ProgramRunner
    let folders: [String]
    /// A plug-in that takes longer is killed.
    static let limit: Duration = .seconds(60)

    /// Where plug-ins find programs.
    private static var programPath: String {
        guard let path = unsafe getenv("PATH") else { return ProgramSet.path }
        // A C string of the environment, which nobody changes.
        return unsafe String(cString: path)
    }

    /// For whom plug-ins are called.
    struct Attachment: Sendable, Hashable {
        var containerID: String
        var namespace: String
        var interface = "eth0"
        var arguments: String
        var capabilities: JSONObject
    }

    /// Makes the network; what the last plug-in answered.
    func add(_ network: CNINetwork, _ attachment: Attachment) async throws -> JSONValue {
        var result: JSONValue?
        for plugin in network.plugins { result = try await call("ADD", network, plugin, attachment, result) }
        return result ?? [:]
    }

    /// Takes it down: every plug-in in the opposite order, also after one has failed.
    ///
    /// - Throws: The first failure.
    func remove(_ network: CNINetwork, _ attachment: Attachment, _ result: JSONValue?) async throws {
        var failure: (any Error)?
        for plugin in network.plugins.reversed() {
            do {
                _ = try await call("DEL", network, plugin, attachment, result)
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    private func call(
        _ command: String,
        _ network: CNINetwork,
        _ plugin: JSONValue,
        _ attachment: Attachment,
        _ previous: JSONValue?
    ) async throws -> JSONValue? {
        let type = plugin["type"]?.string ?? ""
        guard let program = folders.map({ "\($0)/\(type)" }).first(where: { SmallFiles.exists($0) }) else {
            throw LauncherError("the CNI plug-in \(type) is in none of \(folders.joined(separator: ", "))")
        }
        let input = network.input(of: plugin, previous: previous, capabilities: attachment.capabilities)
        let path = Self.programPath
        let outcome = try await runner.run(
            [program],
            environment: [
                "CNI_COMMAND=\(command)", "CNI_CONTAINERID=\(attachment.containerID)",
                "CNI_NETNS=\(attachment.namespace)", "CNI_IFNAME=\(attachment.interface)",
                "CNI_ARGS=\(attachment.arguments)", "CNI_PATH=\(folders.joined(separator: ":"))", "PATH=\(path)",
            ],
            input: input.json,
            limit: Self.limit
        )
        let answer = try? JSONValue(json: outcome.output)
        guard outcome.status == 0 else {
            var text = "CNI plug-in \(type) \(command): "
            if let message = answer?["msg"]?.string {
                text += message
                if let details = answer?["details"]?.string, !details.isEmpty { text += ": \(details)" }
            } else {
                text += "status \(outcome.status) \(outcome.errorText)"
            }
            throw LauncherError(text)
        }
        guard command == "ADD" else { return nil }
        guard let answer else { throw LauncherError("CNI plug-in \(type) ADD: its answer is no JSON") }
        return answer
    }

    /// The pod's addresses in a result: those of interfaces in the pod, the first of each family.
    static func addresses(in result: JSONValue) -> [IPAddress] {
        let interfaces = result["interfaces"]?.array ?? []
        var addresses: [IPAddress] = []
        for entry in result["ips"]?.array ?? [] {
            if let index = entry["interface"]?.integer, interfaces.indices.contains(index),
                interfaces[index]["sandbox"]?.string ?? "" == ""
            {
                continue
            }
            guard let text = entry["address"]?.string?.split(separator: "/").first, let address = IPAddress(text),
                !addresses.contains(where: { $0.family == address.family })
            else { continue }
            addresses.append(address)
        }
        return addresses
    }
}
