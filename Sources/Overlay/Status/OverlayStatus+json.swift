import Addressing
import JSON

extension OverlayStatus {
    /// Everything, as JSON. Members are only ever added to it.
    public var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("version", version)
        writer.member("name", name)
        writer.member("id", id)
        writer.member("cluster", cluster)
        writer.member("membership", membership)
        writer.member("encryption", encryption)
        writer.member("encryptedPath", encryptedPath)
        writer.member("encryptedPathProblem", encryptedPathProblem)
        writer.member("endpoint", endpoint?.description)
        writer.member("podMTU", Int(podMTU))
        writer.member("podMTUReason", podMTUReason)
        writer.array("targets", targets) { writer, target in
            writer.member("target", target.text)
            writer.member("state", target.state)
            writer.member("reason", target.reason)
        }
        writer.array("connections", connections) { writer, connection in
            writer.member("outbound", connection.isOutbound)
            writer.member("remote", connection.remote)
            writer.member("state", connection.state)
            writer.member("info", connection.info)
        }
        writer.array("peers", peers) { $1.write(to: &$0) }
        writer.name("ipam")
        ipam.write(to: &writer)
        writer.array("attachments", attachments) { writer, attachment in
            writer.member("container", attachment.container)
            writer.member("interface", attachment.interface)
            writer.member("hostInterface", attachment.hostInterface)
            writer.strings("addresses", attachment.addresses)
            writer.member("network", attachment.network)
        }
        writer.array("networks", networks) { writer, network in
            writer.member("name", network.name)
            writer.member("vni", Int(network.vni))
            writer.strings("prefixes", network.prefixes)
            writer.strings("members", network.members)
        }
        writer.name("repairs")
        writer.beginObject()
        for (cause, count) in repairs.sorted(by: { $0.key < $1.key }) { writer.member(cause, count) }
        writer.endObject()
        writer.strings("problems", problems)
        writer.strings("notices", notices)
        writer.member("strangersDropped", Int(clamping: strangersDropped))
        writer.name("drops")
        writer.beginObject()
        for (reason, count) in drops.sorted(by: { $0.key < $1.key }) { writer.member(reason, Int(clamping: count)) }
        writer.endObject()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension OverlayStatus.Peer {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("id", id)
        writer.member("name", name)
        writer.member("self", isSelf)
        writer.member("endpoint", endpoint?.description)
        writer.strings("prefixes", prefixes)
        writer.member("path", path)
        writer.member("transport", transport)
        writer.member("encrypted", isEncrypted)
        writer.member("mtu", mtu.map { Int($0) })
        writer.member("roundTripMicroseconds", roundTrip)
        writer.member("reason", reason)
    }
}

extension OverlayStatus.IPAM {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("state", state)
        writer.strings("ranges", ranges)
        writer.strings("prefixes", prefixes)
        writer.member("used", used)
        writer.array("owners", owners) { writer, owner in
            writer.member("name", owner.name)
            writer.member("blocks", owner.blocks)
            writer.member("total", owner.total)
            writer.member("reachable", owner.isReachable)
        }
        writer.endObject()
    }
}

extension JSONWriter {
    /// Writes a member whose value is an array of objects.
    fileprivate mutating func array<Element>(
        _ name: String,
        _ elements: [Element],
        _ members: (inout JSONWriter, Element) -> Void
    ) {
        self.name(name)
        beginArray()
        for element in elements {
            beginObject()
            members(&self, element)
            endObject()
        }
        endArray()
    }

    /// Writes a member whose value is an array of strings.
    fileprivate mutating func strings(_ name: String, _ values: [some CustomStringConvertible]) {
        self.name(name)
        beginArray()
        for element in values { value("\(element)") }
        endArray()
    }
}
