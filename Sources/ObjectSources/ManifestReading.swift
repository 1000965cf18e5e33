import KubernetesAPI
import ServiceRouting

/// One file's content as it was read: the objects that count, and what is wrong with the rest.
struct ManifestReading: Sendable {
    /// What is wrong, with lines.
    let diagnostics: [ManifestDiagnostic]
    private let objects: [ObjectIdentity: ManifestObject]
    /// Objects that the file has, but not in a state that can be used.
    private let unusable: Set<ObjectIdentity>
    /// True where something of the file cannot even be named: nothing tells whether an object is gone.
    private let hasUnknown: Bool

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - file: The file's name.
    ///   - nodeName: The only Node that counts.
    init(_ bytes: [UInt8], file: String, nodeName: String) {
        let manifest = ManifestReader(file: file).read(bytes)
        var objects: [ObjectIdentity: ManifestObject] = [:]
        for object in manifest.objects {
            guard let identity = ObjectIdentity(object, nodeName: nodeName), objects[identity] == nil else { continue }
            objects[identity] = object
        }
        self.objects = objects
        unusable = Set(manifest.errors.compactMap { ObjectIdentity($0.error, nodeName: nodeName) })
        hasUnknown = manifest.errors.contains { $0.error.kind == nil || $0.error.name == nil }
        diagnostics = manifest.errors.map { error in
            var reason = error.error
            reason.offset = nil  // the line says it better
            return ManifestDiagnostic(file: file, line: error.line, reason: "\(reason)")
        }
    }

    /// The file's objects, given those it had before: what cannot be used stays as it was.
    func merged(into before: [ObjectIdentity: ManifestObject]) -> [ObjectIdentity: ManifestObject] {
        let kept = hasUnknown ? before : before.filter { unusable.contains($0.key) }
        return objects.merging(kept) { new, _ in new }
    }
}

extension ObjectIdentity {
    /// Which object a manifest holds; nil for one that does not count.
    fileprivate init?(_ object: ManifestObject, nodeName: String) {
        switch object {
        case .service(let service): self = .service(ObjectKey(service.metadata))
        case .endpointSlice(let slice): self = .endpointSlice(ObjectKey(slice.metadata))
        case .serviceCIDR(let range): self = .serviceCIDR(range.metadata.name)
        case .node(let node):
            guard node.metadata.name == nodeName else { return nil }
            self = .node
        case .other:
            return nil
        }
    }

    /// Which object an error is about; nil where it does not say, and for one that does not count.
    fileprivate init?(_ error: ObjectError, nodeName: String) {
        guard let name = error.name else { return nil }
        let key = ObjectKey(namespace: error.namespace ?? ObjectKey.defaultNamespace, name: name)
        switch error.kind {
        case Service.resource.kind: self = .service(key)
        case EndpointSlice.resource.kind: self = .endpointSlice(key)
        case ServiceCIDR.resource.kind: self = .serviceCIDR(name)
        case Node.resource.kind where name == nodeName: self = .node
        default: return nil
        }
    }
}

extension ObjectKey {
    /// The namespace of a manifest that names none.
    fileprivate static let defaultNamespace = "default"

    fileprivate init(_ metadata: ObjectMeta) {
        self.init(namespace: metadata.namespace ?? Self.defaultNamespace, name: metadata.name)
    }
}
