import Testing

@testable import WireGuard

@Suite struct KeyTests {
    @Test func `a key reads and writes both texts`() throws {
        let bytes = (0..<32).map { UInt8($0 * 7 % 256) }
        let key = try #require(WireGuardKey(bytes: bytes))
        // echo -n the bytes | base64
        #expect(key.description == "AAcOFRwjKjE4P0ZNVFtiaXB3foWMk5qhqK+2vcTL0tk=")
        #expect(WireGuardKey(key.description) == key)
        #expect(key.key.hex == "00070e151c232a31383f464d545b626970777e858c939aa1a8afb6bdc4cbd2d9")
        #expect(KeyBytes(hex: key.key.hex) == key.key)
    }

    @Test func `every key survives its base64`() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let key = try #require(WireGuardKey(bytes: bytes))
            #expect(WireGuardKey(key.description)?.bytes == bytes)
        }
    }

    @Test(arguments: [
        "", "=", "AAcOFRwjKjE4P0ZNVFtiaXB3foWMk5qhqK+2vcTL0t", "AAcOFRwjKjE4P0ZNVFtiaXB3foWMk5qhqK+2vcTL0tkA",
        "AAcOFRwjKjE4P0ZNVFtiaXB3foWMk5qhqK-2vcTL0tk=", "AAcOFRwjKjE4P0ZNVFtiaXB3foWMk5qhqK+2vcTL0tl=",
        "ääääääääääääääääääääää",
    ])
    func `what is no base64 of 32 bytes is no key`(text: String) {
        #expect(WireGuardKey(text) == nil)
    }

    @Test(arguments: [0, 31, 33]) func `another number of bytes is no key`(count: Int) {
        let bytes = [UInt8](repeating: 1, count: count)
        #expect(WireGuardKey(bytes: bytes) == nil)
        #expect(WireGuardSecret(bytes: bytes) == nil)
    }

    @Test func `a secret does not show itself`() throws {
        let secret = try #require(WireGuardSecret(bytes: [UInt8](repeating: 0x41, count: 32)))
        var dumped = ""
        dump(WireGuardConfiguration(privateKey: secret), to: &dumped)
        for text in [secret.description, "\(secret)", String(reflecting: secret), dumped] {
            #expect(!text.contains("QUFB"))
            #expect(!text.contains("65"))
            #expect(!text.contains("41"))
        }
    }

    @Test func `a private key and its clamped form are the same key`() throws {
        var bytes = [UInt8](repeating: 0xff, count: 32)
        let raw = try #require(WireGuardSecret(bytes: bytes))
        bytes[0] = 0xf8
        bytes[31] = 0x7f
        let clamped = try #require(WireGuardSecret(bytes: bytes))
        bytes[1] = 0
        let other = try #require(WireGuardSecret(bytes: bytes))
        #expect(raw.isSamePrivateKey(as: clamped))
        #expect(!raw.isSamePrivateKey(as: other))
    }
}
