import KubernetesAPI
import SeededTesting
import Testing

@Suite("ManifestReader, with mutated input")
struct ManifestFuzzTests {
    private static let corpus = [
        ManifestReaderTests.service + "\n---\n" + ManifestReaderTests.slice,
        """
        %YAML 1.1
        --- # comment
        apiVersion: v1
        kind: List
        items:
        - &a {apiVersion: v1, kind: Node, metadata: {name: "n\\u0030", labels: {<<: {a: b}, 'c': !!str 5}}}
        - <<: *a
          metadata: {name: >-
            folded
            text
          }
        - ? kind
          : Service
          apiVersion: v1
          metadata: {name: |
           literal
           }
        ...
        ---
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}}
        """,
        "a: &x [1, 2]\nb: &y [*x, *x]\nc: &z {? *y : *y, k: [*x, *y]}\n{*z : 1}: 2\n",
    ]

    @Test("mutated files never trap, and always come to an end", .timeLimit(.minutes(5)))
    func mutations() {
        var random = SeededGenerator()
        print("TRAMA_SEED=\(random.seed)")
        for round in 0..<6_000 {
            guard let original = Self.corpus.randomElement(using: &random) else { return }
            let bytes = mutated(Array(original.utf8), using: &random)
            let lineCount = bytes.filter { $0 == 0x0a || $0 == 0x0d }.count + 1
            let manifest = ManifestReader(file: round % 4 == 0 ? "f.json" : "f.yaml").read(bytes)
            for error in manifest.errors {
                #expect((1...lineCount + 1).contains(error.line ?? 1), "\(error)")
                #expect(!error.error.reason.isEmpty)
            }
        }
    }
}
