public import Addressing

/// A peer, or what took itself for one, with which no connection came about.
public struct MeshRefusalRecord: Sendable, Hashable {
    /// Where it is.
    public var address: IPAddress
    /// Which of the two refused, and why, in words for the operator.
    public var reason: String
    /// How often.
    public var count: Int
    /// When last, in seconds since 1970.
    public var last: Int64
}

/// The refusals of late, one for each address and reason; the oldest go first.
struct RefusalLog: Sendable {
    /// How many are kept.
    static let capacity = 64
    /// How long the same one is not logged again, in seconds.
    static let quietTime: Int64 = 60

    /// The oldest first.
    private(set) var records: [MeshRefusalRecord] = []
    private var logged: [Int64] = []

    /// Notes a refusal; returns whether it is worth a line in the log.
    mutating func add(_ address: IPAddress, _ reason: String, at time: Int64) -> Bool {
        var record = MeshRefusalRecord(address: address, reason: reason, count: 0, last: time)
        var lastLogged: Int64?
        if let index = records.firstIndex(where: { $0.address == address && $0.reason == reason }) {
            record = records.remove(at: index)
            lastLogged = logged.remove(at: index)
        } else if records.count >= Self.capacity {
            records.removeFirst()
            logged.removeFirst()
        }
        record.count += 1
        record.last = time
        let isNews = lastLogged.map { time - $0 >= Self.quietTime || time < $0 } ?? true
        records.append(record)
        logged.append(isNews ? time : lastLogged ?? time)
        return isNews
    }
}
