import JSON
import KubernetesAPI

extension PodSpecValidator {
    private static let hostPathTypes = [
        "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket",
    ]

    mutating func validateVolumes() {
        var names: Set<String> = []
        for (index, volume) in spec.volumes.elements.enumerated() {
            let field = path.field("volumes")[index]
            errors.text(field.field("name"), volume.name, TextRules.label)
            if !names.insert(volume.name.text).inserted {
                errors.duplicate(field.field("name"), .string(volume.name.text))
            }
            let sources = volume.members.filter { $0.name != "name" }
            guard let source = sources.first else {
                errors.required(field, "must specify a volume type")
                continue
            }
            for other in sources.dropFirst() {
                errors.forbidden(field.field(other.name), "may not specify more than 1 volume type")
            }
            validateSource(source.name, source.value, field.field(source.name))
        }
    }

    private mutating func validateSource(_ type: String, _ source: ObjectView, _ field: FieldPath) {
        // What a volume of the type cannot be without.
        let required = [
            "secret": ["secretName"], "configMap": ["name"], "hostPath": ["path"], "nfs": ["server", "path"],
            "persistentVolumeClaim": ["claimName"], "csi": ["driver"], "image": ["reference"],
            "ephemeral": ["volumeClaimTemplate"],
        ]
        for name in required[type] ?? [] where !source[name].isPresent || source[name].json == "" {
            errors.required(field.field(name))
        }
        switch type {
        case "hostPath":
            validateNoBacksteps(source.path, field.field("path"))
            if !Self.hostPathTypes.contains(source.type.text) {
                errors.unsupported(field.field("type"), source.type.shown, Self.hostPathTypes)
            }
        case "emptyDir":
            if source.sizeLimit.isPresent {
                errors.quantity(field.field("sizeLimit"), source.sizeLimit, of: "storage")
            }
        case "secret", "configMap", "downwardAPI":
            validateMode(source.defaultMode, field.field("defaultMode"))
            validateItems(type, source.items, field.field("items"))
        case "projected":
            validateMode(source.defaultMode, field.field("defaultMode"))
            for (index, projection) in source.sources.elements.enumerated() {
                validateProjection(projection, field.field("sources")[index])
            }
        default: break
        }
    }

    private mutating func validateProjection(_ projection: ObjectView, _ field: FieldPath) {
        let types = [
            "secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle", "podCertificate",
        ]
        let present = types.filter { projection[$0].isPresent }
        for name in present.dropFirst() {
            errors.forbidden(field.field(name), "may not specify more than 1 volume type per source")
        }
        guard let type = present.first else { return }
        let (source, field) = (projection[type], field.field(type))
        switch type {
        case "secret", "configMap", "downwardAPI":
            if type != "downwardAPI", source.name.text.isEmpty { errors.required(field.field("name")) }
            validateItems(type, source.items, field.field("items"))
        case "serviceAccountToken":
            if let seconds = source.expirationSeconds.number {
                let name = field.field("expirationSeconds")
                if seconds < 600 {
                    errors.invalid(name, .integer(seconds), "may not specify a duration less than 10 minutes")
                } else if seconds > 1 << 32 {
                    errors.invalid(name, .integer(seconds), "may not specify a duration larger than 2^32 seconds")
                }
            }
            if source.path.text.isEmpty { errors.required(field.field("path")) }
            validateRelative(source.path, field.field("path"))
        default: break
        }
    }

    private mutating func validateItems(_ type: String, _ items: ObjectView, _ field: FieldPath) {
        for (index, item) in items.elements.enumerated() {
            let field = field[index]
            if item.path.text.isEmpty { errors.required(field.field("path")) }
            validateRelative(item.path, field.field("path"))
            validateMode(item.mode, field.field("mode"))
            if type == "downwardAPI" {
                let sources = ["fieldRef", "resourceFieldRef"].filter { item[$0].isPresent }
                if sources.isEmpty {
                    errors.required(field, "one of fieldRef and resourceFieldRef is required")
                } else if sources.count > 1 {
                    errors.invalid(
                        field,
                        "resource",
                        "fieldRef and resourceFieldRef can not be specified simultaneously"
                    )
                }
            } else if item.key.text.isEmpty {
                errors.required(field.field("key"))
            }
        }
    }

    private mutating func validateMode(_ mode: ObjectView, _ field: FieldPath) {
        guard let number = mode.number, !(0...0o777).contains(number) else { return }
        errors.invalid(field, mode.shown, "must be a number between 0 and 0777 (octal), both inclusive")
    }

    private mutating func validateRelative(_ path: ObjectView, _ field: FieldPath) {
        if path.text.hasPrefix("/") { errors.invalid(field, path.shown, "must be a relative path") }
        validateNoBacksteps(path, field)
    }

    private mutating func validateNoBacksteps(_ path: ObjectView, _ field: FieldPath) {
        if path.text.split(separator: "/").contains("..") { errors.invalid(field, path.shown, "must not contain '..'") }
    }

    mutating func validateMounts(_ container: ObjectView, _ field: FieldPath) {
        let devices = container.volumeDevices.elements
        var paths: Set<String> = []
        for (index, mount) in container.volumeMounts.elements.enumerated() {
            let field = field.field("volumeMounts")
            let (element, name, path) = (field[index], mount.name.text, mount.mountPath.text)
            if name.isEmpty { errors.required(element.field("name")) }
            if volumes[name] == nil { errors.notFound(element.field("name"), .string(name)) }
            if path.isEmpty { errors.required(element.field("mountPath")) }
            if !paths.insert(path).inserted {
                errors.invalid(element.field("mountPath"), .string(path), "must be unique")
            }
            if devices.contains(where: { $0.name.text == name }) {
                errors.invalid(element.field("name"), .string(name), "must not already exist in volumeDevices")
            }
            // These paths are upstream's, who leaves the index out.
            for part in ["subPath", "subPathExpr"] { validateRelative(mount[part], field.field(part)) }
            if !mount.subPath.text.isEmpty, !mount.subPathExpr.text.isEmpty {
                let detail = "subPathExpr and subPath are mutually exclusive"
                errors.invalid(element.field("subPathExpr"), mount.subPathExpr.shown, detail)
            }
            let propagations = ["Bidirectional", "HostToContainer", "None"]
            errors.choice(field.field("mountPropagation"), mount.mountPropagation, propagations, required: false)
        }
        for (index, device) in devices.enumerated() {
            let field = field.field("volumeDevices")[index]
            if device.name.text.isEmpty { errors.required(field.field("name")) }
            if let type = volumes[device.name.text] {
                if !["persistentVolumeClaim", "ephemeral"].contains(type) {
                    let detail = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"
                    errors.invalid(field.field("name"), device.name.shown, detail)
                }
            } else {
                errors.notFound(field.field("name"), device.name.shownText)
            }
            if device.devicePath.text.isEmpty { errors.required(field.field("devicePath")) }
        }
    }
}
