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
    let owner: VolumeOwner

    init(pod: PodSpecification, paths: PodPaths, resolver: VariableResolver) {
        self.pod = pod
        self.paths = paths
        self.resolver = resolver
        owner = VolumeOwner(of: pod)
    }

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
                if let group = owner.group { unsafe chown(folder, uid_t.max, group) }
                // Whoever the containers' users are; not cut by the umask. What is made in it is the group's too.
                unsafe chmod(folder, owner.group == nil ? 0o777 : 0o2777)
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
            try await writeData(source, kind, source[key]?.string ?? "", to: folder, mode: Self.mode(source))
            return (folder, true)
        }
        if let fields = volume["downwardAPI"], let items = fields["items"] {
            try make(folder)
            try writeFields(items, to: folder, mode: Self.mode(fields))
            return (folder, true)
        }
        if let projected = volume["projected"] {
            try make(folder)
            let mode = Self.mode(projected)
            for source in projected["sources"]?.array ?? [] {
                try await writeProjection(source, to: folder, mode: mode)
            }
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

    /// The mode of files that have none of their own.
    private static func mode(_ source: JSONValue) -> mode_t {
        mode_t(clamping: source["defaultMode"]?.integer ?? 0o644)
    }

    /// The mode that an item has of its own.
    private static func mode(of item: JSONValue) -> mode_t? { item["mode"]?.integer.map { mode_t(clamping: $0) } }

    private func writeProjection(_ source: JSONValue, to folder: String, mode: mode_t) async throws {
        if let map = source["configMap"] {
            try await writeData(map, .configMap, map["name"]?.string ?? "", to: folder, mode: mode)
        } else if let secret = source["secret"] {
            try await writeData(secret, .secret, secret["name"]?.string ?? "", to: folder, mode: mode)
        } else if let items = source[path: "downwardAPI", "items"] {
            try writeFields(items, to: folder, mode: mode)
        } else if let token = ProjectedToken(source) {
            do {
                try await write(token, to: folder, mode: mode)
            } catch PodEnvironmentError.notFound {
                // No token can be had here: programs that need none run all the same.
                return
            } catch let refusal as StartRefusal {
                throw refusal
            } catch {
                throw refusal("cannot get a token of the service account: \(error)")
            }
        } else {
            throw refusal("a source of a projected volume is of a kind that this laboratory runtime does not have")
        }
    }

    private func write(_ token: ProjectedToken, to folder: String, mode: mode_t) async throws {
        let text = try await resolver.environment.token(
            namespace: pod.namespace,
            serviceAccount: resolver.field("spec.serviceAccountName") ?? "default",
            podName: pod.name,
            podUID: pod.uid,
            audiences: token.audiences,
            expiration: token.expiration
        )
        try write(Array(text.utf8), to: folder, path: token.path, mode: owner.tokenMode(mode), user: owner.user)
    }

    /// Replaces the tokens that have had most of their life; one that cannot be had now is tried again with the next
    /// call.
    ///
    /// - Parameter now: Civil time, as the files' times are.
    func renewTokens(at now: Timestamp) async throws {
        for (volume, token) in ProjectedToken.all(of: pod) {
            guard let name = volume["name"]?.string, PodSpecification.isFileName(name) else { continue }
            let (folder, file) = (paths.volume(name), "\(paths.volume(name))/\(token.path)")
            // One that is not there yet is written when a container starts.
            guard let written = SmallFiles.modificationTime(file),
                Timestamp(written).duration(to: now) >= token.renewalAge
            else { continue }
            try await write(token, to: folder, mode: Self.mode(volume["projected"] ?? [:]))
        }
    }

    private func writeData(
        _ source: JSONValue,
        _ kind: PodDataKind,
        _ name: String,
        to folder: String,
        mode: mode_t
    ) async throws {
        let isOptional = source["optional"]?.bool ?? false
        // The authority's certificate comes with the cluster, in its own time.
        guard let data = try await resolver.data(kind, name, isOptional: isOptional) else { return }
        guard let items = source["items"]?.array else {
            for (key, bytes) in data { try write(bytes, to: folder, path: key, mode: owner.mode(mode)) }
            return
        }
        for item in items {
            guard let key = item["key"]?.string, let path = item["path"]?.string else { continue }
            guard let bytes = data[key] else {
                if isOptional { continue }
                throw refusal("references non-existent \(kind.rawValue) key: \(key)")
            }
            try write(bytes, to: folder, path: path, mode: owner.mode(Self.mode(of: item) ?? mode))
        }
    }

    private func writeFields(_ items: JSONValue, to folder: String, mode: mode_t) throws {
        for item in items.array ?? [] {
            guard let path = item["path"]?.string, let field = item[path: "fieldRef", "fieldPath"]?.string else {
                continue
            }
            guard let value = resolver.field(field) else { throw refusal("unsupported fieldPath: \(field)") }
            let mode = owner.mode(Self.mode(of: item) ?? mode)
            try write(Array(value.utf8), to: folder, path: path, mode: mode)
        }
    }

    private func write(
        _ bytes: [UInt8],
        to folder: String,
        path: String,
        mode: mode_t,
        user: UInt32? = nil
    ) throws(StartRefusal) {
        let parts = path.split(separator: "/")
        guard !parts.isEmpty, !path.hasPrefix("/"), !parts.contains("..") else {
            throw refusal("path \(path) must not lead out of its volume")
        }
        if parts.count > 1 { try make("\(folder)/\(parts.dropLast().joined(separator: "/"))") }
        do {
            try SmallFiles.replace("\(folder)/\(path)", bytes, mode: mode & 0o777, user: user, group: owner.group)
        } catch {
            throw refusal("\(error)")
        }
    }
}
