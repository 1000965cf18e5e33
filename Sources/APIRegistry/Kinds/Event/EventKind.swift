import JSON
import KubernetesAPI

extension KindDefinition {
    /// What happened to an object, as the core group tells it; this is how events are stored.
    public static let event = KindDefinition(
        ResourceType(group: "", version: "v1", kind: "Event", plural: "events", namespaced: true),
        shortNames: ["ev"],
        schema: "io.k8s.api.core.v1.Event",
        timeToLive: .seconds(3_600),
        strategy: EventStrategy(isStrict: false),
        columns: EventColumns.all,
        selectableFields: EventColumns.selectableFields
    )

    /// What happened to an object, as `events.k8s.io` tells it: the same objects with other names for their fields.
    public static let groupEvent = KindDefinition(
        Event.resource,
        shortNames: ["ev"],
        schema: "io.k8s.api.events.v1.Event",
        timeToLive: .seconds(3_600),
        strategy: EventStrategy(isStrict: true),
        columns: EventColumns.all,
        selectableFields: EventColumns.groupSelectableFields,
        conversion: EventConversion.value
    )
}
