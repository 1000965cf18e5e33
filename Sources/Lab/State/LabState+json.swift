import Addressing
public import JSON
import LabNetwork

extension LabState {
    private static let version = 1

    /// The state as it is kept.
    public var json: JSONValue {
        [
            "version": .integer(Self.version), "id": .string(id), "bootID": .string(bootID), "began": .integer(began),
            "isComplete": .bool(isComplete), "hadNoWireGuardFolder": .bool(hadNoWireGuardFolder),
            "options": options.json,
            "nodes": .array(nodes.map { .integer($0) }),
            "processes": .array(
                processes.map { process in
                    [
                        "name": .string(process.name), "host": .string(process.host),
                        "pid": .integer(process.process.id), "startTime": .integer(process.process.startTime),
                    ]
                }
            ),
            "partitions": .array(partitions.map { ["first": .strings($0.first), "second": .strings($0.second)] }),
        ]
    }

    /// Reads a state.
    ///
    /// - Throws: Where it was not written by this version, or is damaged.
    public init(json: JSONValue) throws(LabError) {
        guard json["version"]?.integer == Self.version else {
            throw LabError("the lab was made by another version of trama: take it down with that one")
        }
        guard let id = json["id"]?.string, let bootID = json["bootID"]?.string, let began = json["began"]?.integer,
            let options = json["options"].flatMap(LabOptions.init(json:)), let nodes = json["nodes"]?.array
        else { throw LabError("the lab's state cannot be understood") }
        self.init(id: id, bootID: bootID, began: began, options: options, nodes: nodes.compactMap(\.integer))
        isComplete = json["isComplete"]?.bool ?? false
        hadNoWireGuardFolder = json["hadNoWireGuardFolder"]?.bool ?? false
        processes = (json["processes"]?.array ?? []).compactMap { process in
            guard let name = process["name"]?.string, let host = process["host"]?.string,
                let id = process["pid"]?.integer.flatMap(Int32.init(exactly:)),
                let startTime = process["startTime"]?.integer.flatMap(UInt64.init(exactly:))
            else { return nil }
            return Process(name: name, host: host, process: LabProcess(id: id, startTime: startTime))
        }
        partitions = (json["partitions"]?.array ?? []).map { partition in
            Partition(Self.strings(partition["first"]), Self.strings(partition["second"]))
        }
    }

    private static func strings(_ value: JSONValue?) -> [String] { (value?.array ?? []).compactMap(\.string) }
}

extension LabOptions {
    /// The options as they are kept.
    var json: JSONValue {
        [
            "name": .string(name), "nodes": .integer(nodeCount), "underlay": .string(underlay.rawValue),
            "routed": .bool(isRouted), "subnets": .strings(subnets.map { "\($0)" }),
            "clusterCIDR": .strings(clusterRanges.map { "\($0)" }),
            "serviceCIDR": .strings(serviceRanges.map { "\($0)" }), "store": .string(store.rawValue),
            "lostOf200": .integer(lostOf200), "mtu": mtu.map { .integer($0) } ?? nil,
            "delayMilliseconds": .integer(delayMilliseconds), "nodeGraceSeconds": .integer(nodeGraceSeconds),
            "dns": .bool(hasDNS),
        ]
    }

    /// Reads options; nil where they are not what a lab can have.
    init?(json: JSONValue) {
        self.init()
        guard let name = json["name"]?.string, let nodeCount = json["nodes"]?.integer,
            let underlay = json["underlay"]?.string.flatMap(Underlay.init(rawValue:)),
            let store = json["store"]?.string.flatMap(Store.init(rawValue:))
        else { return nil }
        self.name = name
        self.nodeCount = nodeCount
        self.underlay = underlay
        self.store = store
        isRouted = json["routed"]?.bool ?? false
        subnets = Self.prefixes(json["subnets"])
        clusterRanges = Self.prefixes(json["clusterCIDR"])
        serviceRanges = Self.prefixes(json["serviceCIDR"])
        lostOf200 = json["lostOf200"]?.integer ?? 0
        mtu = json["mtu"]?.integer
        delayMilliseconds = json["delayMilliseconds"]?.integer ?? 0
        nodeGraceSeconds = json["nodeGraceSeconds"]?.integer ?? 40
        hasDNS = json["dns"]?.bool ?? true
        do { try check() } catch { return nil }
    }

    private static func prefixes(_ value: JSONValue?) -> [IPPrefix] {
        (value?.array ?? []).compactMap { $0.string.flatMap { IPPrefix($0) } }
    }
}
