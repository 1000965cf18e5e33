import NFTables

/// How many elements the two large maps can hold.
///
/// A map that is made with a size gets a hash table of fixed width, which loads in half the time of one that grows, and does not
/// wait for the worker that grows it: measured with 120,000 elements, 153 ms against 289 ms for one commit,
/// and up to 2.5 s for the growing one where the worker gets no processor. It is full at its size; Linux raises the size where
/// the map is added again with a larger one, while the width stays. So a map starts with room for twice what is needed, and
/// is raised when it is three quarters full.
public struct SetCapacities: Hashable, Sendable {
    /// Size of the map `frontends`.
    public var frontends: UInt32
    /// Size of the map `endpoints`.
    public var endpoints: UInt32

    /// Those sizes.
    public init(frontends: UInt32, endpoints: UInt32) {
        self.frontends = frontends
        self.endpoints = endpoints
    }

    /// Maps without a size: their hash tables grow.
    public static let unlimited = SetCapacities(frontends: .max, endpoints: .max)
    /// The maps that have a size.
    static let sets = ["frontends", SlotList.cluster.mapName]
    /// The least sizes: the hash tables take 256 KiB and 1 MiB.
    static let minimum = SetCapacities(frontends: 1 << 14, endpoints: 1 << 16)

    /// Sizes for a new table that is to hold so many elements.
    init(forFrontends frontends: Int, endpoints: Int) {
        self.init(
            frontends: max(Self.minimum.frontends, Self.room(for: frontends)),
            endpoints: max(Self.minimum.endpoints, Self.room(for: endpoints))
        )
    }

    /// What the sets of a dump say.
    init(_ sets: [String: NamedSet]) {
        self.init(
            frontends: sets["frontends"]?.size ?? .max,
            endpoints: sets[SlotList.cluster.mapName]?.size ?? .max
        )
    }

    /// These sizes, raised where they would be more than three quarters full with so many elements.
    func raised(forFrontends frontends: Int, endpoints: Int) -> SetCapacities {
        SetCapacities(
            frontends: Self.isTight(self.frontends, frontends) ? Self.room(for: frontends) : self.frontends,
            endpoints: Self.isTight(self.endpoints, endpoints) ? Self.room(for: endpoints) : self.endpoints
        )
    }

    /// The set with the size that it has here; sets other than the two maps stay as they are.
    func sized(_ set: NamedSet) -> NamedSet {
        let size: UInt32
        switch set.name {
        case "frontends": size = frontends
        case SlotList.cluster.mapName: size = endpoints
        default: return set
        }
        var sized = set
        sized.size = size == .max ? nil : size
        return sized
    }

    private static func isTight(_ size: UInt32, _ count: Int) -> Bool {
        size != .max && count > Int(size) / 4 * 3
    }

    /// A power of two, at least twice the count.
    private static func room(for count: Int) -> UInt32 {
        var size: UInt32 = 1
        while size < 1 << 31, Int(size) < 2 * count { size *= 2 }
        return size
    }
}

extension NamedSet {
    /// The set as it would be without a size.
    var withoutSize: NamedSet {
        var copy = self
        copy.size = nil
        return copy
    }
}
