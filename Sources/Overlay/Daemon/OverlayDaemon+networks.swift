import Addressing
import Attachment
import Logging
import OverlayCore

extension OverlayDaemon {
    /// The cluster's bridged networks are these.
    func networksChanged(_ known: [String: NetworkRecord]) async {
        guard networks.known != known else { return }
        // One that was removed and made anew is another one.
        networks.joined = networks.joined.filter { known[$0] == networks.known[$0] }
        networks.known = known
        await rejoinNetworks()
        touch()
    }

    /// Joins the networks that attachments of an earlier run are in.
    func rejoinNetworks() async {
        for name in Set(attachments.map(\.network)).sorted() where networks.known[name] != nil {
            guard networks.joined.insert(name).inserted else { continue }
            await provider?.join(network: name)
            touch()
        }
    }

    /// The addresses that this host's containers have in a network, as the disk says: also before ``run()``.
    func addresses(inNetwork name: String) async -> [IPAddress] {
        do {
            return try await attacher.table().taken(in: name).sorted()
        } catch {
            logger.error("cannot read the attachments", metadata: ["error": "\(error)"])
            return []
        }
    }

    /// Makes a network be there on this host.
    func joinNetwork(_ name: String) async throws(CommandRefusal) {
        guard let record = networks.known[name] else {
            throw CommandRefusal("there is no network \"\(name)\": `trama network ls` lists them")
        }
        if let other = networks.joined.first(where: { $0 < name && networks.known[$0]?.vni == record.vni }) {
            throw CommandRefusal("network \"\(name)\" has the VNI \(record.vni) of network \"\(other)\": remove one")
        }
        guard networks.joined.insert(name).inserted else { return }
        await provider?.join(network: name)
        touch()
        await settle()
    }

    /// A network whose last container has left is not needed here any more.
    func leaveUnusedNetworks() async {
        let used = Set(attachments.map(\.network))
        for name in networks.joined.sorted() where !used.contains(name) && joining[name] == nil {
            networks.joined.remove(name)
            networks.prefixes[name] = nil
            await provider?.leave(network: name)
            touch()
        }
    }

    /// The prefixes of a network whose addresses this host gives are these.
    func prefixesChanged(_ prefixes: [String: [IPPrefix]]) {
        let relevant = prefixes.filter { networks.joined.contains($0.key) }
        guard networks.prefixes != relevant else { return }
        networks.prefixes = relevant
        touch()
    }

    // MARK: Commands

    func performOnNetworks(_ command: ControlCommand) async throws(CommandRefusal) -> String {
        guard let mesh = provider as? MeshMembership else {
            throw CommandRefusal("bridged networks need the mesh (--membership-provider mesh)")
        }
        switch command.verb {
        case "network create":
            guard let name = command.arguments.first else { throw CommandRefusal("network create: name is missing") }
            let record = try newNetwork(name, command)
            await mesh.create(network: name, record)
            return ""
        case "network rm":
            guard let name = command.arguments.first, let record = networks.known[name] else {
                throw CommandRefusal("there is no such network: `trama network ls` lists them")
            }
            let members = view.members.values.filter { $0.networks.contains(record.vni) }.map(\.name).sorted()
            guard !networks.joined.contains(name), members.isEmpty else {
                let where_ = (networks.joined.contains(name) ? ["this host"] : []) + members
                throw CommandRefusal(
                    "network \"\(name)\" is in use on \(where_.joined(separator: ", ")): have its namespaces leave first"
                )
            }
            await mesh.remove(network: name, record)
            return ""
        default:
            return networks.known.sorted { $0.key < $1.key }.map { name, record in
                let members = view.members.values.filter { $0.networks.contains(record.vni) }.map(\.name)
                let all = (networks.joined.contains(name) ? [own.name] : []) + members
                return "\(name)\t\(record.vni)\t\(record.prefixes.map(\.description).joined(separator: ","))\t"
                    + all.sorted().joined(separator: ",") + "\n"
            }.joined()
        }
    }

    /// A network as the user wants it, if it goes with the others.
    private func newNetwork(_ name: String, _ command: ControlCommand) throws(CommandRefusal) -> NetworkRecord {
        if let problem = NetworkRecord.problem(ofName: name) { throw CommandRefusal(problem) }
        var prefixes: [IPPrefix] = []
        for text in command.arguments.dropFirst() {
            guard let prefix = IPPrefix(text), prefix.description == text else {
                throw CommandRefusal("--cidr \(text): must be a prefix without bits beyond its length")
            }
            prefixes.append(prefix)
        }
        guard !prefixes.isEmpty else { throw CommandRefusal("--cidr: give the network's range") }
        for family in IPFamily.allCases where prefixes.count(where: { $0.family == family }) > 1 {
            throw CommandRefusal("--cidr: has two ranges of \(family); give one of each family at most")
        }
        for prefix in prefixes where prefix.length > (prefix.family == .ipv4 ? 30 : 124) || prefix.length < 8 {
            throw CommandRefusal(
                "--cidr \(prefix): must have room for hosts: a length of 8 to "
                    + "\(prefix.family == .ipv4 ? 30 : 124) bits"
            )
        }
        let others = networks.known.filter { $0.key != name }
        for prefix in prefixes {
            if let range = configuration.ranges.first(where: { $0.overlaps(prefix) }) {
                throw CommandRefusal("--cidr \(prefix): overlaps the pods' range \(range)")
            }
            for (other, record) in others {
                guard let range = record.prefixes.first(where: { $0.overlaps(prefix) }) else { continue }
                throw CommandRefusal("--cidr \(prefix): overlaps \(range) of network \"\(other)\"")
            }
            if let underlay, prefix.contains(underlay.address) {
                throw CommandRefusal("--cidr \(prefix): holds this host's own address \(underlay.address)")
            }
        }
        let taken = Set(others.values.map(\.vni) + [configuration.vni])
        let wanted = command.options["vni"].map { UInt32($0) } ?? NetworkRecord.freeVNI(for: name, taken: taken)
        guard let vni = wanted, (1...0xff_ffff).contains(vni) else {
            throw CommandRefusal("--vni \(command.options["vni"] ?? ""): must be 1 to 16777215")
        }
        guard !taken.contains(vni) else {
            throw CommandRefusal("--vni \(vni): is in use already; leave it out to get a free one")
        }
        let record = NetworkRecord(vni: vni, prefixes: prefixes)
        guard networks.known[name] == nil || networks.known[name] == record else {
            throw CommandRefusal("there is a network \"\(name)\" already, and it is another")
        }
        return record
    }
}

extension IPPrefix {
    /// Whether some address is in both.
    func overlaps(_ other: IPPrefix) -> Bool {
        contains(other.address) || other.contains(address)
    }

    /// Whether all addresses of the other one are in this one.
    func covers(_ other: IPPrefix) -> Bool {
        length <= other.length && contains(other.address)
    }
}
