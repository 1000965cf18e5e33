import Addressing
import JSON
import Logging
import PodLauncher

extension PodTask {
    private var caller: CNICaller {
        CNICaller(runner: services.runner, folders: services.configuration.cniProgramFolders)
    }

    /// Makes the pod's namespaces and its network; what an earlier attempt left is taken down before.
    func makeSandbox() async -> PodEvent {
        let disk = services.disk
        do {
            if let old = await disk.sandbox(paths) { try await takeDown(old) }
            var record = SandboxRecord()
            if pod.usesHostNetwork {
                record.addresses = services.configuration.nodeAddresses
            } else {
                try await makeNetwork(&record)
            }
            try await disk.writeNames(pod, record.addresses, paths)
            record.isComplete = true
            try await disk.save(record, paths)
            return .sandboxMade(record.addresses)
        } catch {
            return .sandboxFailed("\(error)")
        }
    }

    /// Takes the network down, after the containers have ended.
    func removeSandbox() async -> PodEvent {
        do {
            if let record = await services.disk.sandbox(paths) { try await takeDown(record) }
            return .sandboxRemoved
        } catch {
            services.logger.warning("network of pod \(pod.namespace)/\(pod.name): \(error)")
            return .sandboxRemovalFailed("\(error)")
        }
    }

    private func makeNetwork(_ record: inout SandboxRecord) async throws {
        let network = try CNINetwork.first(in: services.configuration.cniConfigurationFolder)
        let path = "/run/netns/pod-\(pod.uid)"
        record.networkNamespace = path
        record.utsNamespace = "\(paths.folder)/uts"
        record.ipcNamespace = "\(paths.folder)/ipc"
        record.network = network.json
        record.capabilities = CNINetwork.capabilities(of: pod)
        record.arguments =
            "IgnoreUnknown=1;K8S_POD_NAMESPACE=\(pod.namespace);K8S_POD_NAME=\(pod.name);"
            + "K8S_POD_INFRA_CONTAINER_ID=\(pod.uid);K8S_POD_UID=\(pod.uid)"
        // On the disk before anything is made, so that it is taken down whatever happens.
        try await services.disk.save(record, paths)
        let names = PodNames(of: pod, clusterDomain: services.configuration.clusterDomain)
        let sandbox = SandboxSpecification(
            networkNamespace: path,
            utsNamespace: record.utsNamespace,
            ipcNamespace: record.ipcNamespace,
            hostName: names.kernelName(of: pod),
            settings: PodSettings(of: pod).values
        )
        let outcome = try await services.runner.run(
            [services.configuration.launcher, "sandbox", "/dev/stdin"],
            input: sandbox.json.json,
            limit: Self.launcherLimit
        )
        guard outcome.status == 0 else { throw LauncherError(outcome.errorText) }
        let result = try await caller.add(network, attachment(record, namespace: path))
        record.result = result
        record.addresses = CNICaller.addresses(in: result)
        try await services.disk.save(record, paths)
        guard !record.addresses.isEmpty else {
            throw LauncherError("the CNI network \(network.name) gave the pod no address")
        }
    }

    private func takeDown(_ record: SandboxRecord) async throws {
        if let json = record.network, let path = record.networkNamespace {
            let network = try CNINetwork(json, path: paths.sandbox)
            let namespace = await services.disk.pathForPlugins(path)
            try await caller.remove(network, attachment(record, namespace: namespace), record.result)
        }
        await services.disk.releaseNamespaces(record)
        await services.disk.forgetSandbox(paths)
    }

    private func attachment(_ record: SandboxRecord, namespace: String) -> CNICaller.Attachment {
        CNICaller.Attachment(
            containerID: pod.uid,
            namespace: namespace,
            arguments: record.arguments,
            capabilities: record.capabilities
        )
    }
}
