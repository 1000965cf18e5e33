import APISchema

/// A schema with a field for each way in which strategic merge patches change a value.
enum PatchSchema {
    static let message = "Thing"

    static let table = SchemaTable([
        MessageSchema(
            "Thing",
            fields: [
                FieldSchema("metadata", 1, .message("Meta")),
                FieldSchema("spec", 2, .message("Spec")),
            ]
        ),
        MessageSchema(
            "Meta",
            fields: [
                FieldSchema("name", 1, .string),
                FieldSchema("labels", 2, .map(.string)),
                FieldSchema("finalizers", 3, .list(.string), patch: .merge),
                FieldSchema("ownerReferences", 4, .list(.message("Owner")), patch: .merge, key: "uid"),
            ]
        ),
        MessageSchema("Owner", fields: [FieldSchema("uid", 1, .string), FieldSchema("name", 2, .string)]),
        MessageSchema(
            "Spec",
            fields: [
                FieldSchema("ports", 1, .list(.message("Port")), patch: .merge, key: "port"),
                FieldSchema("containers", 2, .list(.message("Container")), patch: .merge, key: "name"),
                FieldSchema("command", 3, .list(.string)),
                FieldSchema("selector", 4, .map(.string)),
                FieldSchema("strategy", 5, .message("Strategy"), patch: .retainKeys),
                FieldSchema("tolerations", 6, .list(.message("Owner"))),
                FieldSchema("replicas", 7, .int32),
                FieldSchema("source", 8, .message("Strategy"), patch: .replace),
            ]
        ),
        MessageSchema(
            "Port",
            fields: [
                FieldSchema("port", 1, .int32), FieldSchema("name", 2, .string), FieldSchema("protocol", 3, .string),
            ]
        ),
        MessageSchema(
            "Container",
            fields: [
                FieldSchema("name", 1, .string),
                FieldSchema("image", 2, .string),
                FieldSchema("args", 3, .list(.string)),
                FieldSchema("ports", 4, .list(.message("Port")), patch: .merge, key: "port"),
            ]
        ),
        MessageSchema(
            "Strategy",
            fields: [FieldSchema("type", 1, .string), FieldSchema("rollingUpdate", 2, .map(.string))]
        ),
    ])
}
