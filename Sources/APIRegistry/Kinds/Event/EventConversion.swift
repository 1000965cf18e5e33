import JSON
import KubernetesAPI

/// Events have other names for their fields in `events.k8s.io` than in the core group, under which they are stored.
///
/// Source: `pkg/apis/events/v1/conversion.go`.
enum EventConversion {
    private static let renamed: [(group: String, core: String)] = [
        ("regarding", "involvedObject"), ("note", "message"),
        ("reportingController", "reportingComponent"),
        ("deprecatedSource", "source"), ("deprecatedFirstTimestamp", "firstTimestamp"),
        ("deprecatedLastTimestamp", "lastTimestamp"), ("deprecatedCount", "count"),
    ]

    static let value = KindConversion(
        stored: KindDefinition.event.resource,
        toStored: { event in
            converted(
                event,
                apiVersion: "v1",
                names: Dictionary(uniqueKeysWithValues: renamed.map { ($0.group, $0.core) })
            )
        },
        fromStored: { event in
            converted(
                event,
                apiVersion: Event.resource.apiVersion,
                names: Dictionary(uniqueKeysWithValues: renamed.map { ($0.core, $0.group) })
            )
        }
    )

    /// The event with other names; a field that has the new name already gives way to the renamed one.
    private static func converted(_ event: JSONValue, apiVersion: String, names: [String: String]) -> JSONValue {
        guard case .object(let members) = event else { return event }
        var result = JSONObject()
        for member in members { result[names[member.name] ?? member.name] = member.value }
        result["apiVersion"] = .string(apiVersion)
        return .object(result)
    }
}

/// What `kubectl get events` shows, of events in the core group's form.
enum EventColumns {
    static let all: [TableColumn] = [
        TableColumn("Last Seen", "When it happened last.") { event, now in
            .string(HumanDuration.text(since: lastTime(ObjectView(event)), now: now))
        },
        .text("Type", "Whether it is a matter of concern.") { $0.type.text },
        .text("Reason", "What happened, in a word.") { $0.reason.text },
        .text("Object", "What it happened to.") { event in
            let object = event.involvedObject
            let kind = object.kind.text.lowercased()
            return object.name.text.isEmpty ? kind : "\(kind)/\(object.name.text)"
        },
        .text("Subobject", priority: 1, "The part that it happened to.") { $0.involvedObject.fieldPath.text },
        .text("Source", priority: 1, "Who tells it.", source),
        .text("Message", "What happened.") { $0.message.text.trimmed },
        TableColumn("First Seen", priority: 1, "When it happened first.") { event, now in
            .string(HumanDuration.text(since: firstTime(ObjectView(event)), now: now))
        },
        TableColumn("Count", priority: 1, "How often it happened.") { event, _ in
            let event = ObjectView(event)
            if event.series.isPresent { return .integer(event.series["count"].number ?? 0) }
            let count = event["count"].number ?? 0
            return .integer(count == 0 ? 1 : count)
        },
        TableColumn("Name", format: "name", priority: 1, "The event's name.") { event, _ in
            .string(ObjectView(event).metadata.name.text)
        },
    ]

    /// The fields of the object that an event is about.
    private static let objectFields = [
        "apiVersion", "fieldPath", "kind", "name", "namespace", "resourceVersion", "uid",
    ]

    /// By which fields events can be selected in the core group.
    static let selectableFields: [String: @Sendable (JSONValue) -> String] = {
        var fields = Self.fields(about: "involvedObject")
        fields["reportingComponent"] = SelectableFields.text("reportingComponent")
        fields["source"] = { event in
            let component = ObjectView(event).source.component.text
            return component.isEmpty ? ObjectView(event).reportingComponent.text : component
        }
        return fields
    }()

    /// By which fields events can be selected in `events.k8s.io`.
    static let groupSelectableFields: [String: @Sendable (JSONValue) -> String] = {
        var fields = Self.fields(about: "regarding")
        fields["reportingController"] = SelectableFields.text("reportingComponent")
        return fields
    }()

    private static func fields(about object: String) -> [String: @Sendable (JSONValue) -> String] {
        var fields = ["reason": SelectableFields.text("reason"), "type": SelectableFields.text("type")]
        for name in objectFields { fields["\(object).\(name)"] = SelectableFields.text("involvedObject", name) }
        return fields
    }

    private static func firstTime(_ event: ObjectView) -> String {
        event.firstTimestamp.isPresent ? event.firstTimestamp.text : event.eventTime.text
    }

    private static func lastTime(_ event: ObjectView) -> String {
        if event.series.isPresent { return event.series.lastObservedTime.text }
        return event.lastTimestamp.isPresent ? event.lastTimestamp.text : firstTime(event)
    }

    private static func source(_ event: ObjectView) -> String {
        let (component, host) = (event.source.component.text, event.source.host.text)
        let who = component.isEmpty ? event.reportingComponent.text : component
        let instance = host.isEmpty ? event.reportingInstance.text : host
        return instance.isEmpty ? who : "\(who), \(instance)"
    }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        let start = drop { $0.isWhitespace }
        return String(start.reversed().drop { $0.isWhitespace }.reversed())
    }
}
