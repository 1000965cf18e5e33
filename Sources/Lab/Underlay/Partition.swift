/// Hosts that do not hear each other: no packet passes from one of `first` to one of `second`, nor back.
public struct Partition: Sendable, Hashable {
    /// The hosts on one side, by name.
    public var first: [String]
    /// The hosts on the other side.
    public var second: [String]

    /// A partition between two groups.
    public init(_ first: [String], _ second: [String]) {
        self.first = first
        self.second = second
    }

    /// The pairs of hosts that it separates, each once, in no particular order within the pair.
    public var pairs: [(String, String)] {
        first.flatMap { one in second.filter { $0 != one }.map { (one, $0) } }
    }

    /// A partition from what a user says.
    ///
    /// - Parameters:
    ///   - hosts: Two hosts, `A B`; or one group, with `from`.
    ///   - from: The other group; empty for none given. `rest` stands for all other hosts.
    ///   - all: The hosts that there are.
    public init(hosts: [String], from: [String], all: [String]) throws(LabError) {
        for host in hosts + from where host != "rest" && !all.contains(host) {
            throw LabError("no host \(host): there are \(all.joined(separator: ", "))")
        }
        if from.isEmpty {
            guard hosts.count == 2, hosts[0] != hosts[1] else {
                throw LabError(
                    "name two different hosts, or one or more and `--from` others: `--from rest` for all others"
                )
            }
            self.init([hosts[0]], [hosts[1]])
        } else {
            let others = from.contains("rest") ? all.filter { !hosts.contains($0) } : from
            guard !hosts.isEmpty, !others.isEmpty, Set(hosts).isDisjoint(with: others) else {
                throw LabError("a host cannot be parted from itself: name different hosts before and after --from")
            }
            self.init(hosts, others)
        }
    }
}
