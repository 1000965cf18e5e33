import APISchema
public import JSON
public import KubernetesAPI

/// What an API server does with the `metadata` of all kinds when objects are written.
///
/// `resourceVersion` is that of the store and never in a stored object; `managedFields` and `selfLink` are dropped.
/// Source: `k8s.io/apiserver/pkg/registry/rest/{create,update,meta}.go`.
public enum ObjectMetadata {
    /// The finalizer with which the garbage collector deletes dependents first.
    public static let foregroundFinalizer = "foregroundDeletion"
    /// The finalizer with which the garbage collector lets dependents stay.
    public static let orphanFinalizer = "orphan"

    private static let order = [
        "name", "generateName", "namespace", "uid", "generation", "creationTimestamp", "deletionTimestamp",
        "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences", "finalizers",
    ]
    private static let dropped: Set<String> = ["selfLink", "resourceVersion", "managedFields"]

    // MARK: Create

    /// Fills in what the server decides of a new object: namespace, name, uid, time, generation.
    ///
    /// - Parameters:
    ///   - namespace: That of the path; nil for kinds that have none.
    ///   - hasGeneration: Whether the kind counts changes.
    ///   - now: The time; whole seconds of it are kept.
    ///   - generator: Where the uid and the end of a generated name come from.
    /// - Throws: 400 for another namespace than the path's, and for a resourceVersion.
    public static func prepareForCreate(
        _ object: inout JSONValue,
        namespace: String?,
        hasGeneration: Bool,
        now: Timestamp,
        using generator: inout some RandomNumberGenerator
    ) throws(Refusal) {
        var metadata = try members(of: object)
        guard try resourceVersion(of: object) == nil else {
            throw .badRequest("resourceVersion should not be set on objects to be created")
        }
        try setNamespace(&metadata, namespace)
        if text(metadata["name"]).isEmpty, case let base = text(metadata["generateName"]), !base.isEmpty {
            metadata["name"] = .string(generatedName(base, using: &generator))
        }
        metadata["uid"] = .string(uid(using: &generator))
        metadata["creationTimestamp"] = .string("\(Timestamp(seconds: now.seconds))")
        metadata["generation"] = hasGeneration ? 1 : nil
        metadata["deletionTimestamp"] = nil
        metadata["deletionGracePeriodSeconds"] = nil
        object["metadata"] = .object(canonical(metadata))
    }

    /// A name that begins with `base`: at most 63 bytes, the last five random.
    ///
    /// Without vowels, and digits that look like letters, so that no words come about.
    public static func generatedName(_ base: String, using generator: inout some RandomNumberGenerator) -> String {
        let alphabet = Array("bcdfghjklmnpqrstvwxz2456789".utf8)
        let suffixLength = 5
        let limit = 63 - suffixLength
        var bytes = Array(base.utf8.prefix(limit))
        for _ in 0..<suffixLength {
            bytes.append(alphabet[Int.random(in: 0..<alphabet.count, using: &generator)])
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A random UUID (RFC 9562, version 4).
    public static func uid(using generator: inout some RandomNumberGenerator) -> String {
        var bytes: [UInt8] = []
        for _ in 0..<2 {
            let random = generator.next()
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: random >> UInt64(shift)))
            }
        }
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    // MARK: Update

    /// Puts back what a client may leave out of an update or not change: uid, times, generation.
    ///
    /// The generation is made one more where the strategy says so, after this.
    ///
    /// - Parameters:
    ///   - namespace: That of the path; nil for kinds that have none.
    ///   - name: That of the path.
    /// - Throws: 400 for another namespace or name than the path's; 409 for another uid.
    public static func prepareForUpdate(
        _ object: inout JSONValue,
        old: JSONValue,
        resource: ResourceType,
        namespace: String?,
        name: String
    ) throws(Refusal) {
        var metadata = try members(of: object)
        let present = old["metadata"]?.object ?? JSONObject()
        try setNamespace(&metadata, namespace)
        let ownName = text(metadata["name"])
        if ownName.isEmpty {
            metadata["name"] = .string(name)
        } else if ownName != name {
            throw .nameMismatch(body: ownName, path: name)
        }
        let ownUID = text(metadata["uid"])
        if !ownUID.isEmpty, ownUID != text(present["uid"]) {
            throw .conflict(
                resource.qualifiedPlural,
                name: name,
                "Precondition failed: UID in precondition: \(ownUID), UID in object meta: \(text(present["uid"]))"
            )
        }
        for field in ["uid", "creationTimestamp", "generation"] { metadata[field] = present[field] }
        // What is being deleted cannot be saved.
        if let time = present["deletionTimestamp"] { metadata["deletionTimestamp"] = time }
        if let period = present["deletionGracePeriodSeconds"], metadata["deletionGracePeriodSeconds"] == nil {
            metadata["deletionGracePeriodSeconds"] = period
        }
        object["metadata"] = .object(canonical(metadata))
    }

    /// Counts a change of what is asked for.
    public static func incrementGeneration(_ object: inout JSONValue) {
        let generation = object["metadata"]?["generation"]?.integer ?? 0
        object[path: "metadata", "generation"] = .integer(generation &+ 1)
    }

    /// The resourceVersion that an object in a request is based on; nil where it says none.
    ///
    /// - Throws: 400 where it is no number.
    public static func resourceVersion(of object: JSONValue) throws(Refusal) -> Int64? {
        let text = text(object["metadata"]?["resourceVersion"])
        if text.isEmpty || text == "0" { return nil }
        guard let number = Int64(text), number > 0 else {
            throw .badRequest(
                "metadata.resourceVersion: Invalid value: \(text.goQuoted): strconv.ParseUint: parsing "
                    + "\(text.goQuoted): invalid syntax"
            )
        }
        return number
    }

    // MARK: Parts

    private static func members(of object: JSONValue) throws(Refusal) -> JSONObject {
        switch object["metadata"] {
        case nil, .null?: JSONObject()
        case .object(let members)?: members
        default: throw .badRequest("metadata must be an object")
        }
    }

    /// The string; empty where there is none.
    static func text(_ value: JSONValue?) -> String { value?.string ?? "" }

    private static func setNamespace(_ metadata: inout JSONObject, _ namespace: String?) throws(Refusal) {
        let own = text(metadata["namespace"])
        guard own.isEmpty || own == namespace ?? "" else { throw .namespaceMismatch }
        metadata["namespace"] = namespace.map { .string($0) }
    }

    /// The members in upstream's order, without those that are never stored.
    static func canonical(_ metadata: JSONObject) -> JSONObject {
        var result = JSONObject()
        for name in order {
            guard let value = metadata[name], !isEmpty(value) else { continue }
            result[name] = value
        }
        for member in metadata where result[member.name] == nil && !dropped.contains(member.name) {
            if !isEmpty(member.value) { result[member.name] = member.value }
        }
        return result
    }

    private static func isEmpty(_ value: JSONValue) -> Bool {
        switch value {
        case .null: true
        case .string(let text): text.isEmpty
        case .array(let elements): elements.isEmpty
        case .object(let members): members.isEmpty
        default: false
        }
    }
}
