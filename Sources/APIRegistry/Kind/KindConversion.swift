public import JSON
public import KubernetesAPI

/// How objects of one version of the API are stored as those of another.
public struct KindConversion: Sendable {
    /// The version that is stored.
    public var stored: ResourceType
    /// Makes the stored form of an object.
    public var toStored: @Sendable (JSONValue) -> JSONValue
    /// Makes an object of its stored form.
    public var fromStored: @Sendable (JSONValue) -> JSONValue

    /// A conversion from its parts.
    public init(
        stored: ResourceType,
        toStored: @escaping @Sendable (JSONValue) -> JSONValue,
        fromStored: @escaping @Sendable (JSONValue) -> JSONValue
    ) {
        self.stored = stored
        self.toStored = toStored
        self.fromStored = fromStored
    }
}
