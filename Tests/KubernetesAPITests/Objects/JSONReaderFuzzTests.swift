import Foundation
import JSON
import KubernetesAPI
import SeededTesting
import Testing

@Suite("JSONReader, with mutated input")
struct JSONReaderFuzzTests {
    /// Reads the bytes as everything they could be.
    private func readAll(_ bytes: [UInt8]) {
        func check(_ body: (inout JSONReader) throws(ObjectError) -> Void) {
            var reader = JSONReader(bytes)
            do {
                try body(&reader)
            } catch {
                #expect(error.offset.map { (0...bytes.count).contains($0) } ?? true)
                #expect(!error.description.isEmpty)
            }
        }
        check { reader throws(ObjectError) in _ = try ObjectList<Service>(from: &reader) }
        check { reader throws(ObjectError) in _ = try ObjectList<EndpointSlice>(from: &reader) }
        check { reader throws(ObjectError) in _ = try ObjectList<ServiceCIDR>(from: &reader) }
        check { reader throws(ObjectError) in _ = try WatchEvent<Service>(from: &reader) }
        check { reader throws(ObjectError) in _ = try Node(from: &reader).validationErrors() }
        check { reader throws(ObjectError) in _ = try Status(from: &reader) }
    }

    @Test("mutated answers never trap, and always come to an end", .timeLimit(.minutes(5)))
    func mutations() throws {
        var random = SeededGenerator()
        print("TRAMA_SEED=\(random.seed)")
        var corpus = try ["endpointslices", "services", "node", "servicecidrs", "invalid-service-port"].map(captured)
        corpus += try capturedLines("watch-initial-events")
        for _ in 0..<1_500 {
            guard let original = corpus.randomElement(using: &random) else { return }
            readAll(mutated(original, using: &random))
        }
    }

    @Test("what is taken for JSON is what Foundation takes for JSON")
    func agreement() throws {
        var random = SeededGenerator()
        print("TRAMA_SEED=\(random.seed)")
        let corpus = [
            #"{"a":[1,-2.5e3,true,false,null,"x\u0041\n"],"b":{"c":{}}, "d" : [ ] }"#, #"[[[["deep"]]],0,"é",{}]"#,
            #"{"":"","a":-0,"b":1E-7,"c":"\ud83d\ude00"}"#,
        ].map { Array($0.utf8) }
        for _ in 0..<5_000 {
            guard let original = corpus.randomElement(using: &random) else { return }
            let bytes = mutated(original, using: &random)
            // Foundation guesses other encodings, refuses bytes that are not UTF-8 and escapes that are half a
            // character, and allows a comma at the end; those are rules of its own.
            guard
                let text = String(validating: bytes, as: UTF8.self), !text.contains("\0"), !text.contains("\\u"),
                !text.contains(/,\s*[\]}]/)
            else { continue }
            var reader = JSONReader(bytes)
            let isJSON = (try? reader.skipValue()) != nil && (try? reader.finish()) != nil
            let foundation = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            #expect(isJSON == (foundation != nil), "\(text)")
        }
    }
}
