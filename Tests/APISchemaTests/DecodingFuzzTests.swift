import APISchema
import Foundation
import JSON
import SeededTesting
import Testing

@Suite("Decoding of anything")
struct DecodingFuzzTests {
    private static let seed = SeededGenerator.seed()

    /// Some bytes changed, put in, taken out, or cut off.
    private func mutated(_ bytes: [UInt8], with random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...8, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[index] = .random(in: 0...255, using: &random)
            case 1: bytes.insert(.random(in: 0...255, using: &random), at: index)
            case 2: bytes.remove(at: index)
            case 3: bytes.removeSubrange(index..<min(bytes.count, index + Int.random(in: 1...40, using: &random)))
            case 4: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            default:
                let tokens = ["null", "[]", "{}", "-1", "1e400", "\"\"", "\"\\ud800\"", "99999999999999999999", "true"]
                bytes.insert(contentsOf: tokens.randomElement(using: &random)?.utf8 ?? "".utf8, at: index)
            }
        }
        return bytes
    }

    @Test("no bytes stop the decoders, and what they accept can be encoded and read again")
    func mutations() throws {
        var random = SeededGenerator(seed: Self.seed)
        let decoder = ObjectDecoder()
        let encoder = ProtobufEncoder()
        let jsonSamples = try ["pod", "node", "deployment", "services"].map {
            (try Captured.json($0).json, $0)
        }
        let messages = [
            "pod": "\(core).Pod", "node": "\(core).Node", "services": "\(core).ServiceList",
            "deployment": "io.k8s.api.apps.v1.Deployment",
        ]
        var accepted = 0
        for round in 0..<400 {
            let (json, name) = jsonSamples[round % jsonSamples.count]
            let message = messages[name] ?? ""
            let bytes = mutated(json, with: &random)
            guard let object = try? decoder.decode(json: bytes, message: message) else {
                _ = try? encoder.encode(json: bytes, message: message)
                _ = try? decoder.decode(yaml: bytes, message: message)
                continue
            }
            accepted += 1
            let encoded = try encoder.encode(object.value, message: message)
            let again = try decoder.value(protobuf: encoded, message: message)
            #expect(try encoder.encode(again, message: message) == encoded, "seed \(Self.seed), round \(round)")
        }
        #expect(accepted > 0, "seed \(Self.seed)")
        for round in 0..<600 {
            let (name, message) = ProtobufTests.captured[round % ProtobufTests.captured.count]
            let bytes = mutated(try Captured.bytes("\(name).protobuf"), with: &random)
            guard let object = try? decoder.decode(protobuf: bytes, message: message) else { continue }
            let encoded = try encoder.encode(object.value, message: message)
            let again = try decoder.value(protobuf: encoded, message: message)
            #expect(try encoder.encode(again, message: message) == encoded, "seed \(Self.seed), round \(round)")
        }
    }
}
