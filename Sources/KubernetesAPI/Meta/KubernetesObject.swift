public import JSON

/// A kind of object that is read from an API server or from a manifest.
public protocol KubernetesObject: Sendable {
    /// The kind, as the API server serves it.
    static var resource: ResourceType { get }

    /// The media type that one of it is asked for in, and watches are.
    static var mediaType: String { get }

    /// The media type that lists of it are asked for in.
    static var listMediaType: String { get }

    /// What the object says of itself.
    var metadata: ObjectMeta { get set }

    /// Reads the object's JSON; fields that are not known are skipped.
    ///
    /// - Throws: The first thing that is not JSON, or not of the type that the field has. Values out of range and
    ///   texts that mean nothing are not refused here: ``validationErrors()`` finds them.
    init(json reader: inout JSONReader) throws(JSONError)

    /// What is wrong with the object, in the order of its fields; empty for a good one.
    ///
    /// An API server refuses such objects when they are written, but may hold some that older versions let through.
    func validationErrors() -> [ObjectError]
}

extension KubernetesObject {
    /// Whole objects in JSON.
    public static var mediaType: String { "application/json" }

    /// Whole objects in JSON.
    public static var listMediaType: String { "application/json" }

    /// Reads the object's JSON, as ``init(json:)`` does.
    ///
    /// - Throws: An error that says which object it is, as far as that can be read, and which field.
    public init(from reader: inout JSONReader) throws(ObjectError) {
        let start = reader.offset
        do {
            try self.init(json: &reader)
        } catch {
            throw ObjectError(error, kind: Self.resource.kind, in: reader, from: start)
        }
    }

    /// Reads JSON that holds this object and nothing else.
    public init(json bytes: [UInt8]) throws(ObjectError) {
        var reader = JSONReader(bytes)
        try self.init(from: &reader)
        do {
            try reader.finish()
        } catch {
            throw ObjectError(kind: Self.resource.kind, reason: error.reason, offset: error.offset)
        }
    }
}
