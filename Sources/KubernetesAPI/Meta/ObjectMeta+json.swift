public import JSON

extension ObjectMeta {
    /// The annotations that somebody asks for; all others are skipped, as some are longer than the object.
    enum Annotation: String, CaseIterable {
        case lastChangeTriggerTime = "endpoints.kubernetes.io/last-change-trigger-time"
        case initialEventsEnd = "k8s.io/initial-events-end"
        case overlayPeer = "overlay.trama.dev/peer"

        static let fields = JSONFields<Annotation>()
    }

    private enum Field: String, CaseIterable {
        case name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp, labels
        case annotations
    }

    private static let fields = JSONFields<Field>()

    /// Reads `metadata`.
    public init(json reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            switch field {
            case .name: name = try reader.readString()
            case .namespace:
                let text = try reader.readString()
                namespace = text.isEmpty ? nil : text
            case .uid: uid = try reader.readString()
            case .resourceVersion: resourceVersion = try reader.readString()
            case .generation: generation = try reader.readInteger()
            case .creationTimestamp: creationTimestamp = try Timestamp(json: &reader)
            case .deletionTimestamp: deletionTimestamp = try Timestamp(json: &reader)
            case .labels: labels = try reader.readStringMap()
            case .annotations:
                try reader.beginObject()
                while let annotation = try reader.nextField(of: Annotation.fields) {
                    annotations[annotation.rawValue] = try reader.readString()
                }
            }
        }
    }
}

extension Timestamp {
    /// Reads a string that holds an RFC 3339 time.
    public init(json reader: inout JSONReader) throws(JSONError) {
        let start = reader.offset
        let text = try reader.readString()
        guard let time = Timestamp(text) else {
            throw JSONError(
                offset: start,
                reason: "Invalid value: \"\(text)\": must be a time such as 2026-11-21T10:13:40Z"
            )
        }
        self = time
    }
}
