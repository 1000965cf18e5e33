public import JSON

/// What a server answers where it does not answer with an object: why it refused, or that it is done.
public struct Status: Sendable, Hashable {
    /// `Success` or `Failure`.
    public var status: String
    /// For people.
    public var message: String
    /// For programs, such as `NotFound`, `Conflict`, `Expired`.
    public var reason: String
    /// The HTTP status; 0 where it does not say.
    public var code: Int
    /// What it is about; nil where it does not say.
    public var details: Details?
    /// With which a list that can no longer be continued goes on with the present state (`metadata.continue`); empty
    /// for nothing of that.
    public var continueToken: String

    /// What a status is about.
    public struct Details: Sendable, Hashable {
        /// The object's name.
        public var name: String
        /// The object's API group; empty for the core group.
        public var group: String
        /// The object's kind, or the plural that URLs have for it.
        public var kind: String
        /// The object's uid; empty where it does not say.
        public var uid: String
        /// What was wrong, one by one.
        public var causes: [Cause]
        /// How long to wait before trying again; nil where the server does not say.
        public var retryAfterSeconds: Int?

        /// Details from their parts.
        public init(
            name: String = "",
            group: String = "",
            kind: String = "",
            uid: String = "",
            causes: [Cause] = [],
            retryAfterSeconds: Int? = nil
        ) {
            self.name = name
            self.group = group
            self.kind = kind
            self.uid = uid
            self.causes = causes
            self.retryAfterSeconds = retryAfterSeconds
        }
    }

    /// One thing that was wrong.
    public struct Cause: Sendable, Hashable {
        /// For programs, such as `FieldValueInvalid`.
        public var reason: String
        /// For people.
        public var message: String
        /// The field, such as `spec.ports[0].port`; empty where it is about none.
        public var field: String

        /// A cause from its parts.
        public init(reason: String = "", message: String = "", field: String = "") {
            self.reason = reason
            self.message = message
            self.field = field
        }
    }

    /// A status from its parts.
    public init(
        status: String = "",
        message: String = "",
        reason: String = "",
        code: Int = 0,
        details: Details? = nil,
        continueToken: String = ""
    ) {
        self.status = status
        self.message = message
        self.reason = reason
        self.code = code
        self.details = details
        self.continueToken = continueToken
    }
}

extension Status {
    private enum Field: String, CaseIterable {
        case kind, status, message, reason, code, details
    }

    private static let fields = JSONFields<Field>()

    /// Reads a status; anything else is refused.
    public init(from reader: inout JSONReader) throws(ObjectError) {
        let start = reader.offset
        do {
            try self.init(json: &reader)
        } catch {
            throw ObjectError(error, kind: "Status", in: reader, from: start)
        }
    }

    init(json reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            switch field {
            case .kind: try reader.readKind("Status")
            case .status: status = try reader.readString()
            case .message: message = try reader.readString()
            case .reason: reason = try reader.readString()
            case .code: code = try reader.readInteger()
            case .details: details = try Details(json: &reader)
            }
        }
    }
}

extension Status.Details {
    private enum Field: String, CaseIterable {
        case name, group, kind, uid, causes, retryAfterSeconds
    }

    private static let fields = JSONFields<Field>()

    fileprivate init(json reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            switch field {
            case .name: name = try reader.readString()
            case .group: group = try reader.readString()
            case .kind: kind = try reader.readString()
            case .uid: uid = try reader.readString()
            case .causes: causes = try reader.readArray(Status.Cause.init(json:))
            case .retryAfterSeconds: retryAfterSeconds = try reader.readInteger()
            }
        }
    }
}

extension Status.Cause {
    private enum Field: String, CaseIterable {
        case reason, message, field
    }

    private static let fields = JSONFields<Field>()

    fileprivate init(json reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            switch field {
            case .reason: reason = try reader.readString()
            case .message: message = try reader.readString()
            case .field: self.field = try reader.readString()
            }
        }
    }
}
