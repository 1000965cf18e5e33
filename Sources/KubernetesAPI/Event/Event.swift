import JSON

/// An Event (`events.k8s.io/v1`): something that a user should see beside an object. Only written, never read.
public struct Event: Sendable, Hashable {
    /// `events.k8s.io/v1` `Event`.
    public static let resource = ResourceType(
        group: "events.k8s.io",
        version: "v1",
        kind: "Event",
        plural: "events",
        namespaced: true
    )

    /// Whether it is a matter of concern.
    public enum Severity: String, Sendable, Hashable {
        /// It is not.
        case normal = "Normal"
        /// It is.
        case warning = "Warning"
    }

    /// The object that it is about.
    public var regarding: ObjectReference
    /// When it happened.
    public var time: Timestamp
    /// Whether it is a matter of concern.
    public var severity: Severity
    /// Why, for programs: one word in upper camel case, at most 128 bytes.
    public var reason: String
    /// What was done or tried, for programs: one word in upper camel case, at most 128 bytes.
    public var action: String
    /// What happened, for people; at most 1024 bytes are written.
    public var note: String
    /// Who reports it, such as `kube-proxy`.
    public var reportingController: String
    /// Which of them, such as the node's name; at most 128 bytes are written.
    public var reportingInstance: String

    /// The longest note that API servers accept, in bytes.
    package static let noteLimit = 1024
    /// The longest reporting instance that API servers accept, in bytes.
    private static let instanceLimit = 128

    /// An event from its parts.
    public init(
        regarding: ObjectReference,
        time: Timestamp,
        severity: Severity,
        reason: String,
        action: String,
        note: String,
        reportingController: String,
        reportingInstance: String
    ) {
        self.regarding = regarding
        self.time = time
        self.severity = severity
        self.reason = reason
        self.action = action
        self.note = note
        self.reportingController = reportingController
        self.reportingInstance = reportingInstance
    }

    /// Where it is stored: the object's namespace, or `default` for objects that have none, as upstream does.
    public var namespace: String { regarding.namespace ?? "default" }

    /// The object's name and the time, as upstream names events.
    public var name: String { Self.name(regarding, time) }

    /// The name of an event about an object.
    package static func name(_ object: ObjectReference, _ time: Timestamp) -> String {
        let (high, overflow) = time.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let nanoseconds = overflow ? 0 : high &+ Int64(time.nanoseconds)
        return "\(object.name).\(String(nanoseconds, radix: 16))"
    }

    /// The event as JSON.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("apiVersion", Self.resource.apiVersion)
        writer.member("kind", Self.resource.kind)
        writer.name("metadata")
        writer.beginObject()
        writer.member("name", name)
        writer.member("namespace", namespace)
        writer.endObject()
        writer.member("eventTime", time.microsecondDescription)
        writer.member("reportingController", reportingController)
        writer.member("reportingInstance", Self.shortened(reportingInstance, to: Self.instanceLimit))
        writer.member("action", action)
        writer.member("reason", reason)
        writer.name("regarding")
        regarding.write(to: &writer)
        writer.member("note", Self.shortened(note, to: Self.noteLimit))
        writer.member("type", severity.rawValue)
        writer.endObject()
        return writer.bytes
    }

    /// The text, cut off after a whole character where it is longer.
    package static func shortened(_ text: String, to limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        var scalars = String.UnicodeScalarView()
        var count = 0
        for scalar in text.unicodeScalars {
            count += UTF8.width(scalar)
            guard count <= limit else { break }
            scalars.append(scalar)
        }
        return String(scalars)
    }
}

/// Which object something is about.
public struct ObjectReference: Sendable, Hashable {
    /// Its `apiVersion`.
    public var apiVersion: String
    /// Its kind.
    public var kind: String
    /// Its namespace; nil for kinds that have none.
    public var namespace: String?
    /// Its name.
    public var name: String
    /// Its UID; empty where it is not known.
    public var uid: String

    /// A reference from its parts.
    public init(apiVersion: String, kind: String, namespace: String? = nil, name: String, uid: String = "") {
        self.apiVersion = apiVersion
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.uid = uid
    }

    /// A reference to an object of a known kind.
    public init(_ resource: ResourceType, namespace: String? = nil, name: String, uid: String = "") {
        self.init(
            apiVersion: resource.apiVersion,
            kind: resource.kind,
            namespace: namespace,
            name: name,
            uid: uid
        )
    }

    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("apiVersion", apiVersion)
        writer.member("kind", kind)
        writer.member("namespace", namespace)
        writer.member("name", name)
        writer.member("uid", uid.isEmpty ? nil : uid)
        writer.endObject()
    }
}
