import JSON
import KubernetesAPI

extension TableColumn {
    /// The object's name.
    static let name = TableColumn("Name", format: "name", "The object's name.") { object, _ in
        .string(ObjectView(object).metadata.name.text)
    }

    /// How long ago the object was made.
    static let age = TableColumn("Age", "How long ago the object was made.") { object, now in
        .string(HumanDuration.text(since: ObjectView(object).metadata.creationTimestamp.text, now: now))
    }

    /// A column of what is found in an object.
    static func text(
        _ name: String,
        priority: Int = 0,
        _ summary: String,
        _ cell: @escaping @Sendable (ObjectView) -> String
    ) -> TableColumn {
        TableColumn(name, priority: priority, summary) { object, _ in .string(cell(ObjectView(object))) }
    }

    /// A column of numbers.
    ///
    /// - Parameter type: What it is declared as; upstream declares some numbers as strings.
    static func count(
        _ name: String,
        type: String = "integer",
        _ summary: String,
        _ cell: @escaping @Sendable (ObjectView) -> Int
    ) -> TableColumn {
        TableColumn(name, type: type, summary) { object, _ in .integer(cell(ObjectView(object))) }
    }
}

extension String {
    /// The text, or what tables show where there is none.
    var orNone: String { isEmpty ? "<none>" : self }
}
