import Addressing
import JSON
import LabNetwork
import Testing

@testable import Lab

@Suite struct LabStateTests {
    private func sample() throws -> LabState {
        var options = LabOptions()
        options.name = "two"
        options.underlay = .dual
        options.isRouted = true
        options.subnets = try LabSubnet.choose(options, taken: [])
        options.clusterRanges = [try #require(IPPrefix("10.8.0.0/16"))]
        options.store = .etcd
        options.lostOf200 = 7
        options.mtu = 1400
        options.delayMilliseconds = 20
        options.nodeGraceSeconds = 8
        options.hasDNS = false
        var state = LabState(id: "00ff", bootID: "b", began: 17, options: options, nodes: [1, 4])
        state.isComplete = true
        state.hadNoWireGuardFolder = true
        state.processes = [.init(name: "node-1", host: "node-1", process: LabProcess(id: 77, startTime: .max >> 1))]
        state.partitions = [Partition(["node-1"], ["cp", "node-4"])]
        return state
    }

    @Test func `a state that was written is read as it was`() throws {
        let state = try sample()
        #expect(try LabState(json: JSONValue(json: state.json.json)) == state)
    }

    @Test func `a state of another version is refused`() throws {
        var json = try sample().json
        json["version"] = 2
        #expect(throws: LabError.self) { try LabState(json: json) }
    }

    @Test(arguments: ["id", "bootID", "options", "nodes"])
    func `a state that lacks what is needed is refused`(member: String) throws {
        var json = try sample().json
        json[member] = nil
        #expect(throws: LabError.self) { try LabState(json: json) }
    }

    @Test func `options that no lab can have are refused`() throws {
        var json = try sample().json
        json[path: "options", "name"] = "../../etc"
        #expect(throws: LabError.self) { try LabState(json: json) }
    }

    @Test func `numbers that are no processes are passed over`() throws {
        var json = try sample().json
        json["processes"] = [["name": "a", "host": "b", "pid": 9_999_999_999, "startTime": -1]]
        #expect(try LabState(json: json).processes.isEmpty)
    }
}
