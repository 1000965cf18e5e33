import CLinux
import Glibc
import JSON
import KubernetesAPI
import PodLauncher

/// A pod's volumes as files and folders of the host, made when the first container needs them.
struct VolumeKeeper: Sendable {
    let pod: PodSpecification
    let paths: PodPaths
    let resolver: VariableResolver

    /// What a container sees, in the order in which it is put there: outer places first.
    func mounts(of container: ContainerSpecification) async throws -> [LaunchSpecification.Mount] {
        var mounts: [LaunchSpecification.Mount] = []
        for wanted in container.object["volumeMounts"]?.array ?? [] {
            guard let name = wanted["name"]?.string, let target = wanted["mountPath"]?.string,
                target.hasPrefix("/"), !target.split(separator: "/").contains("..")
            else { throw refusal("a volumeMount needs a name and an absolute mountPath") }
            let volumes = pod.object[path: "spec", "volumes"]?.array ?? []
            guard let volume = volumes.first(where: { $0["name"]?.string == name }), PodSpecification.isFileName(name)
            else { throw refusal("volume \(name) is not in spec.volumes") }
            let (path, isReadOnly) = try await prepare(volume, name)
            var source = path
            if let inner = wanted["subPath"]?.string, !inner.isEmpty {
                guard !inner.hasPrefix("/"), !inner.split(separator: "/").contains("..") else {
                    throw refusal("subPath of volume \(name) must not lead out of it")
                }
                source += "/\(inner)"
                if !SmallFiles.exists(source) { try make(source) }
            }
            mounts.append(
                .init(
                    source: source,
                    target: target,
                    isReadOnly: isReadOnly || (wanted["readOnly"]?.bool ?? false)
                )
            )
        }
        return mounts.sorted { $0.target.split(separator: "/").count < $1.target.split(separator: "/").count }
    }

    private func refusal(_ message: String) -> StartRefusal {
        StartRefusal(reason: "CreateContainerConfigError", message: message)
    }

    private func make(_ folder: String, mode: mode_t = 0o755) throws(StartRefusal) {
        do { try SmallFiles.makeFolder(folder, mode: mode) } catch { throw refusal("\(error)") }
    }

    /// Makes a volume; where it is.
    private func prepare(_ volume: JSONValue, _ name: String) async throws -> (path: String, isReadOnly: Bool) {
        let folder = paths.volume(name)
        if let empty = volume["emptyDir"] {
            if !SmallFiles.exists(folder) {
                try make(folder)
                if empty["medium"]?.string == "Memory" { try mountMemory(folder, empty["sizeLimit"]?.string) }
                // Whoever the containers' users are; not cut by the umask.
                unsafe chmod(folder, 0o777)
            }
            return (folder, false)
        }
        if let host = volume["hostPath"] {
            guard let path = host["path"]?.string, path.hasPrefix("/") else {
                throw refusal("hostPath of volume \(name) must be an absolute path")
            }
            let kind = host["type"]?.string ?? ""
            if kind == "DirectoryOrCreate", !SmallFiles.exists(path) { try make(path) }
            guard SmallFiles.exists(path) else { throw refusal("hostPath \(path) of volume \(name) does not exist") }
            return (path, false)
        }
        for (kind, field, key) in [(PodDataKind.configMap, "configMap", "name"), (.secret, "secret", "secretName")] {
            guard let source = volume[field] else { continue }
            try make(folder)
            try await writeData(source, kind, source[key]?.string ?? "", to: folder)
            return (folder, true)
        }
        if let items = volume[path: "downwardAPI", "items"] {
            try make(folder)
            try writeFields(items, to: folder)
            return (folder, true)
        }
        if let projected = volume["projected"] {
            try make(folder)
            for source in projected["sources"]?.array ?? [] { try await writeProjection(source, to: folder) }
            return (folder, true)
        }
        let kinds = volume.object?.names.filter { $0 != "name" }.joined(separator: ", ") ?? ""
        throw refusal(
            "volume \(name) is of a kind that this laboratory runtime does not have (\(kinds)): it knows emptyDir, "
                + "hostPath, configMap, secret, downwardAPI and projected"
        )
    }

    private func mountMemory(_ folder: String, _ size: String?) throws(StartRefusal) {
        let bytes = size.flatMap { Quantity($0) }?.wholeUnits ?? 256 << 20
        // In bounds: C strings.
        let result = unsafe clinux_mount("tmpfs", folder, "tmpfs", 0, "mode=0777,size=\(max(4096, bytes))")
        guard result >= 0 else { throw refusal("cannot mount memory on \(folder): errno \(-result)") }
    }

    private func writeProjection(_ source: JSONValue, to folder: String) async throws {
        if let map = source["configMap"] {
            try await writeData(map, .configMap, map["name"]?.string ?? "", to: folder)
        } else if let secret = source["secret"] {
            try await writeData(secret, .secret, secret["name"]?.string ?? "", to: folder)
        } else if let items = source[path: "downwardAPI", "items"] {
            try writeFields(items, to: folder)
        } else if let token = source["serviceAccountToken"] {
            let audience = token["audience"]?.string ?? ""
            let text: String
            do {
                text = try await resolver.environment.token(
                    namespace: pod.namespace,
                    serviceAccount: resolver.field("spec.serviceAccountName") ?? "default",
                    podName: pod.name,
                    podUID: pod.uid,
                    audiences: audience.isEmpty ? [] : [audience],
                    expiration: .seconds(token["expirationSeconds"]?.integer ?? 3_607)
                )
            } catch PodEnvironmentError.notFound {
                // No token can be had here: programs that need none run all the same.
                return
            } catch {
                throw refusal("cannot get a token of the service account: \(error)")
            }
            try write(Array(text.utf8), to: folder, path: token["path"]?.string ?? "token", mode: 0o600)
        } else {
            throw refusal("a source of a projected volume is of a kind that this laboratory runtime does not have")
        }
    }

    private func writeData(
        _ source: JSONValue,
        _ kind: PodDataKind,
        _ name: String,
        to folder: String
    ) async throws {
        let isOptional = source["optional"]?.bool ?? false
        // The authority's certificate comes with the cluster, in its own time.
        guard let data = try await resolver.data(kind, name, isOptional: isOptional) else { return }
        let mode = mode_t(clamping: source["defaultMode"]?.integer ?? 0o644)
        guard let items = source["items"]?.array else {
            for (key, bytes) in data { try write(bytes, to: folder, path: key, mode: mode) }
            return
        }
        for item in items {
            guard let key = item["key"]?.string, let path = item["path"]?.string else { continue }
            guard let bytes = data[key] else {
                if isOptional { continue }
                throw refusal("references non-existent \(kind.rawValue) key: \(key)")
            }
            let own = item["mode"]?.integer.map { mode_t(clamping: $0) }
            try write(bytes, to: folder, path: path, mode: own ?? mode)
        }
    }

    private func writeFields(_ items: JSONValue, to folder: String) throws {
        for item in items.array ?? [] {
            guard let path = item["path"]?.string, let field = item[path: "fieldRef", "fieldPath"]?.string else {
                continue
            }
            guard let value = resolver.field(field) else { throw refusal("unsupported fieldPath: \(field)") }
            try write(Array(value.utf8), to: folder, path: path, mode: 0o644)
        }
    }

    private func write(_ bytes: [UInt8], to folder: String, path: String, mode: mode_t) throws(StartRefusal) {
        let parts = path.split(separator: "/")
        guard !parts.isEmpty, !path.hasPrefix("/"), !parts.contains("..") else {
            throw refusal("path \(path) must not lead out of its volume")
        }
        if parts.count > 1 { try make("\(folder)/\(parts.dropLast().joined(separator: "/"))") }
        do {
            try SmallFiles.replace("\(folder)/\(path)", bytes, mode: mode & 0o777)
        } catch {
            throw refusal("\(error)")
        }
    }
}
