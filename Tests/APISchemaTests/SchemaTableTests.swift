import JSON
import Testing

@testable import APISchema

@Suite("Schema table")
struct SchemaTableTests {
    private let table = SchemaTable.standard

    @Test("every line of the tables is understood")
    func lines() {
        for text in SchemaTable.standardTexts { #expect(SchemaText(text).errors == []) }
        #expect(SchemaText("  name 1 strin").errors.count == 1)
        #expect(SchemaText("package a b\ntype A\n  name 1 strin x").errors == ["  name 1 strin x"])
    }

    @Test("no message and, within a message, no name and no number is there twice")
    func uniqueness() {
        let messages = SchemaTable.standardTexts.flatMap { SchemaText($0).messages }
        #expect(Set(messages.map(\.name)).count == messages.count)
        for message in messages {
            #expect(Set(message.fields.map(\.name)).count == message.fields.count, "\(message.name)")
            let numbers = message.fields.filter { $0.number > 0 }.map { [$0.group, $0.number] }
            #expect(Set(numbers).count == numbers.count, "\(message.name)")
        }
    }

    @Test("every message that a field names is in the table")
    func references() {
        for name in table.names {
            for field in table[name]?.fields ?? [] {
                guard let message = field.type.message else { continue }
                #expect(table[message] != nil, "\(name).\(field.name): \(message)")
            }
        }
    }

    @Test("merge keys are fields of the elements")
    func mergeKeys() {
        for name in table.names {
            for field in table[name]?.fields ?? [] {
                guard let key = field.mergeKey, let message = field.type.message else { continue }
                #expect(table.field(key, of: message) != nil, "\(name).\(field.name): \(key)")
            }
        }
    }

    @Test("kinds are found by what objects say that they are")
    func kinds() {
        #expect(table.message(apiVersion: "v1", kind: "Service") == "\(core).Service")
        #expect(table.message(apiVersion: "v1", kind: "ServiceList") == "\(core).ServiceList")
        #expect(table.message(apiVersion: "apps/v1", kind: "Deployment") == "io.k8s.api.apps.v1.Deployment")
        #expect(table.message(apiVersion: "v1", kind: "ServicePort") == nil)
        let table = "io.k8s.apimachinery.pkg.apis.meta.v1.Table"
        #expect(SchemaTable.standard.message(apiVersion: "meta.k8s.io/v1", kind: "Table") == table)
    }

    @Test("rows say number, group, type, and how a patch merges")
    func rows() throws {
        let ports = try #require(table.field("ports", of: "\(core).ServiceSpec"))
        #expect(ports.number == 1)
        #expect(ports.type == .list(.message("\(core).ServicePort")))
        #expect(ports.patchStrategy == .merge)
        #expect(ports.mergeKey == "port")
        let hostPath = try #require(table.field("hostPath", of: "\(core).Volume"))
        #expect(hostPath.number == 1)
        #expect(hostPath.group == 2)
        let volumes = try #require(table.field("volumes", of: "\(core).PodSpec"))
        #expect(volumes.patchStrategy == .mergeRetainKeys)
        let type = try #require(table.field("type", of: "\(core).ServiceSpec"))
        #expect(type.defaultValue == "ClusterIP")
    }

    @Test("constants stand where nobody set anything, in objects that are there")
    func defaults() throws {
        let json = #"{"spec":{"ports":[{"port":80},{"protocol":"UDP","port":53}]},"x":1}"#
        let value = table.withDefaults(try JSONValue(json: Array(json.utf8)), message: "\(core).Service")
        #expect(
            value.text
                == #"{"spec":{"ports":[{"protocol":"TCP","port":80},{"protocol":"UDP","port":53}],"type":"ClusterIP","#
                + #""sessionAffinity":"None"},"x":1}"#
        )
        let pod = try JSONValue(json: Array(#"{"spec":{"containers":[{"name":"c","livenessProbe":{}}]}}"#.utf8))
        let spec = table.withDefaults(pod, message: "\(core).Pod")["spec"]
        #expect(spec?["containers"]?[0]?["livenessProbe"]?["periodSeconds"] == 10)
        #expect(spec?["containers"]?[0]?["readinessProbe"] == nil)
        #expect(spec?["securityContext"] == [:])
    }

    @Test("constants are of their fields' types")
    func defaultTypes() throws {
        let decoder = ObjectDecoder()
        for name in table.names {
            for field in table[name]?.fields ?? [] {
                guard let value = field.defaultValue else { continue }
                var object: JSONValue = .object(JSONObject())
                object[field.name] = value
                let decoded = try decoder.decode(json: object.json, message: name)
                #expect(decoded.value[field.name] == value || value == "" || value == false, "\(name).\(field.name)")
            }
        }
    }
}

extension FieldType {
    /// The message that it is, or that its elements are.
    fileprivate var message: String? {
        switch self {
        case .message(let name): name
        case .list(let type), .map(let type): type.message
        default: nil
        }
    }
}
