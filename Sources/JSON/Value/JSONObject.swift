/// The members of a JSON object, in their order.
///
/// Found by looking through all of them, as objects of the API have few; one with more than ``indexedCount`` members
/// (labels, the data of a ConfigMap) keeps an index of its names besides.
public struct JSONObject: Sendable {
    /// A name and its value.
    public struct Member: Sendable, Hashable {
        /// The name.
        public var name: String
        /// The value.
        public var value: JSONValue

        /// A member from its parts.
        public init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// With how many members an object begins to keep an index.
    public static let indexedCount = 16

    /// All members, in order; no name is there twice.
    public private(set) var members: [Member]
    /// Where each name stands in `members`; nil while there are few.
    private var positions: [String: Int]?

    /// An object without members.
    public init() {
        members = []
    }

    /// How many members there are.
    public var count: Int { members.count }

    /// Whether there is no member.
    public var isEmpty: Bool { members.isEmpty }

    /// The names, in order.
    public var names: [String] { members.map(\.name) }

    /// The value of that name; nil where there is none. Setting a new name adds it at the end; setting nil removes.
    public subscript(_ name: String) -> JSONValue? {
        get { position(of: name).map { members[$0].value } }
        set {
            switch (position(of: name), newValue) {
            case (let position?, let value?):
                members[position].value = value
            case (let position?, nil):
                members.remove(at: position)
                if positions != nil { reindex() }
            case (nil, let value?):
                members.append(Member(name: name, value: value))
                if positions != nil {
                    positions?[name] = members.count - 1
                } else if members.count > Self.indexedCount {
                    reindex()
                }
            case (nil, nil):
                break
            }
        }
    }

    /// Takes a member out and returns its value; nil where there is none.
    @discardableResult
    public mutating func remove(_ name: String) -> JSONValue? {
        guard let value = self[name] else { return nil }
        self[name] = nil
        return value
    }

    /// Keeps the members of which this is true.
    public mutating func removeAll(where isUnwanted: (Member) -> Bool) {
        members.removeAll(where: isUnwanted)
        if positions != nil { reindex() }
    }

    private func position(of name: String) -> Int? {
        if let positions { return positions[name] }
        return members.firstIndex { $0.name == name }
    }

    private mutating func reindex() {
        guard members.count > Self.indexedCount else {
            positions = nil
            return
        }
        var positions: [String: Int] = [:]
        positions.reserveCapacity(members.count)
        for (position, member) in members.enumerated() { positions[member.name] = position }
        self.positions = positions
    }
}

extension JSONObject: Hashable {
    /// Whether both have the same members, in whatever order.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.members.allSatisfy { right[$0.name] == $0.value }
    }

    /// Hashes the members whatever their order.
    public func hash(into hasher: inout Hasher) {
        var sum = 0
        for member in members { sum &+= member.hashValue }
        hasher.combine(sum)
    }
}

extension JSONObject: Sequence {
    /// Walks the members in order.
    public func makeIterator() -> IndexingIterator<[Member]> { members.makeIterator() }
}
