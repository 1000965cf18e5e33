import FolderTesting
import Glibc
import OverlayMesh
import Testing

@Suite("cluster token")
struct ClusterTokenTests {
    @Test func `a token is read as it was written`() throws {
        let token = ClusterToken.random()
        #expect(try ClusterToken(text: token.text) == token)
        #expect(try ClusterToken(text: " \(token.text)\n") == token)
        #expect(token.text.utf8.count == 64)
    }

    @Test func `letters may be upper case, and those that look like digits are digits`() throws {
        let token = try #require(ClusterToken(bytes: [UInt8](repeating: 0, count: 32)))
        let zeros = token.text.dropFirst(6).replacing("0", with: "O").replacing("1", with: "l")
        #expect(try ClusterToken(text: "trama-" + zeros.uppercased()) == token)
    }

    @Test func `each single typing error is told`() throws {
        let token = ClusterToken.random()
        let text = Array(token.text.utf8)
        for position in 6..<text.count {
            for replacement in "7q".utf8 where replacement != text[position] {
                var wrong = text
                wrong[position] = replacement
                // The last character has two bits that count for nothing.
                if position == text.count - 1,
                    (try? ClusterToken(text: String(decoding: wrong, as: UTF8.self))) == token
                {
                    continue
                }
                #expect(throws: ClusterTokenError.wrongChecksum) {
                    try ClusterToken(text: String(decoding: wrong, as: UTF8.self))
                }
            }
        }
    }

    @Test func `what is no token says why`() {
        let text = ClusterToken.random().text
        #expect(throws: ClusterTokenError.wrongLength(characterCount: 57)) { try ClusterToken(text: text.dropLast()) }
        #expect(throws: ClusterTokenError.wrongLength(characterCount: 59)) { try ClusterToken(text: text + "0") }
        #expect(throws: ClusterTokenError.noPrefix) { try ClusterToken(text: text.dropFirst()) }
        #expect(throws: ClusterTokenError.noPrefix) { try ClusterToken(text: "") }
        #expect(throws: ClusterTokenError.invalidCharacter(position: 64)) {
            try ClusterToken(text: text.dropLast() + "*")
        }
        #expect(ClusterToken(bytes: [1, 2, 3]) == nil)
    }

    @Test func `a token's description tells only its fingerprint`() {
        let token = ClusterToken.random()
        #expect("\(token)" == "token \(token.fingerprint)")
        #expect(token.fingerprint.utf8.count == 16)
        #expect(token.fingerprint != ClusterToken.random().fingerprint)
    }

    @Test func `what is derived from a token is the same everywhere`() throws {
        // From OpenSSL 3.0: openssl kdf -keylen 8 -kdfopt digest:SHA256 -kdfopt hexkey:<64 times 1>
        //   -kdfopt salt:"trama overlay" -kdfopt info:fingerprint HKDF
        let token = try #require(ClusterToken(bytes: [UInt8](repeating: 0x11, count: 32)))
        #expect(token.fingerprint == "bcb5de9effe34378")
        #expect(token.wireGuardPresharedKey.count == 32)
    }

    @Test func `a token's file is its owner's alone`() throws {
        let folder = TestFolder()
        let path = "\(folder.path)/token"
        let token = ClusterToken.random()
        try token.write(toNewFile: path)
        #expect(try ClusterToken(file: path) == token)
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        chmod(path, 0o640)
        #expect(throws: ClusterToken.FileError.file(StateError(path: path, problem: .open(mode: 0o100640)))) {
            try ClusterToken(file: path)
        }
    }

    @Test func `the folders of a token's file are made`() throws {
        let folder = TestFolder()
        let path = "\(folder.path)/etc/trama/token"
        let token = ClusterToken.random()
        try token.write(toNewFile: path)
        #expect(try ClusterToken(file: path) == token)
        unlink(path)
        for part in ["etc/trama", "etc"] { #expect(rmdir("\(folder.path)/\(part)") == 0) }
    }

    @Test func `a token's file is not overwritten`() throws {
        let folder = TestFolder()
        let path = "\(folder.path)/token"
        try ClusterToken.random().write(toNewFile: path)
        let expected = StateError(path: path, problem: .system(operation: "open", errno: EEXIST))
        #expect(throws: expected) { try ClusterToken.random().write(toNewFile: path) }
    }

    @Test func `a file that holds no token is named`() throws {
        let folder = TestFolder()
        folder.write(Array("secret".utf8), to: "token")
        let path = "\(folder.path)/token"
        #expect(throws: ClusterToken.FileError.token(path: path, .noPrefix)) { try ClusterToken(file: path) }
    }
}
