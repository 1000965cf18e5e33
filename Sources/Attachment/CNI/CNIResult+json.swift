import JSON

extension CNIResult {
    /// Writes the result as a version has it; what that has no field for is left out.
    func json(_ version: CNIVersion) -> [UInt8] {
        var writer = JSONWriter()
        let isLatest = version >= .v1_1_0
        writer.beginObject()
        writer.member("cniVersion", version.rawValue)
        writer.name("interfaces")
        writer.beginArray()
        for interface in interfaces {
            writer.beginObject()
            writer.member("name", interface.name)
            writer.nonempty("mac", interface.mac)
            if isLatest { writer.member("mtu", interface.mtu) }
            writer.nonempty("sandbox", interface.sandbox)
            if isLatest {
                writer.nonempty("socketPath", interface.socketPath)
                writer.nonempty("pciID", interface.pciID)
            }
            writer.endObject()
        }
        writer.endArray()
        writer.name("ips")
        writer.beginArray()
        for address in addresses {
            writer.beginObject()
            if version < .v1_0_0 { writer.member("version", address.address.contains(":") ? "6" : "4") }
            writer.member("address", address.address)
            writer.nonempty("gateway", address.gateway)
            writer.member("interface", address.interface)
            writer.endObject()
        }
        writer.endArray()
        if !routes.isEmpty { write(routes, to: &writer, isLatest) }
        if dns != DNS() {
            writer.name("dns")
            dns.write(to: &writer)
        }
        writer.endObject()
        return writer.bytes
    }

    private func write(_ routes: [Route], to writer: inout JSONWriter, _ isLatest: Bool) {
        writer.name("routes")
        writer.beginArray()
        for route in routes {
            writer.beginObject()
            writer.member("dst", route.destination)
            writer.nonempty("gw", route.gateway)
            if isLatest {
                writer.member("mtu", route.mtu)
                writer.member("advmss", route.advertisedMSS)
                writer.member("priority", route.priority)
                writer.member("table", route.table)
                writer.member("scope", route.scope)
            }
            writer.endObject()
        }
        writer.endArray()
    }

    /// Reads a result of any version.
    init(json reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "interfaces": interfaces = try reader.readArray(Interface.init(json:))
            case "ips": addresses = try reader.readArray(Address.init(json:))
            case "routes": routes = try reader.readArray(Route.init(json:))
            case "dns": dns = try DNS(json: &reader)
            default: try reader.skipValue()
            }
        }
    }
}

extension CNIResult.Interface {
    init(json reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "name": name = try reader.readString()
            case "mac": mac = try reader.readString()
            case "mtu": mtu = try reader.readInteger()
            case "sandbox": sandbox = try reader.readString()
            case "socketPath": socketPath = try reader.readString()
            case "pciID": pciID = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }
}

extension CNIResult.Address {
    init(json reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "address": address = try reader.readString()
            case "gateway": gateway = try reader.readString()
            case "interface": interface = try reader.readInteger()
            default: try reader.skipValue()
            }
        }
    }
}

extension CNIResult.Route {
    init(json reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "dst": destination = try reader.readString()
            case "gw": gateway = try reader.readString()
            case "mtu": mtu = try reader.readInteger()
            case "advmss": advertisedMSS = try reader.readInteger()
            case "priority": priority = try reader.readInteger()
            case "table": table = try reader.readInteger()
            case "scope": scope = try reader.readInteger()
            default: try reader.skipValue()
            }
        }
    }
}

extension CNIResult.DNS {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        if !nameservers.isEmpty { writer.strings("nameservers", nameservers) }
        writer.nonempty("domain", domain)
        if !search.isEmpty { writer.strings("search", search) }
        if !options.isEmpty { writer.strings("options", options) }
        writer.endObject()
    }

    init(json reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "nameservers": nameservers = try reader.readStrings()
            case "domain": domain = try reader.readString()
            case "search": search = try reader.readStrings()
            case "options": options = try reader.readStrings()
            default: try reader.skipValue()
            }
        }
    }
}

extension JSONWriter {
    /// Writes a member unless it is empty.
    fileprivate mutating func nonempty(_ name: String, _ string: String) {
        if !string.isEmpty { member(name, string) }
    }
}
