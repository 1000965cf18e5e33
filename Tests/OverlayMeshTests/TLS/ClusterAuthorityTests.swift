import OverlayCore
import OverlayMesh
import Testing

@Suite("cluster authority")
struct ClusterAuthorityTests {
    private let peer = PeerID(high: 1, low: 2)
    private let present: Int64 = 1_800_000_000

    @Test func `a certificate of the same token is accepted and names its peer`() throws {
        let token = ClusterToken.random()
        let certificate = try ClusterAuthority(token: token).issue(for: peer, at: present)
        #expect(try ClusterAuthority(token: token).verify(certificate.certificate, at: present) == peer)
    }

    @Test func `a certificate of another token is refused`() throws {
        let certificate = try ClusterAuthority(token: .random()).issue(for: peer, at: present)
        let other = try ClusterAuthority(token: .random())
        #expect(throws: CertificateProblem.otherToken) { try other.verify(certificate.certificate, at: present) }
    }

    @Test func `clocks may differ by a day, not by more`() throws {
        let authority = try ClusterAuthority(token: .random())
        let certificate = try authority.issue(for: peer, at: present).certificate
        let day: Int64 = 86_400
        #expect(try authority.verify(certificate, at: present - day) == peer)
        #expect(try authority.verify(certificate, at: present + 7 * day) == peer)
        #expect(throws: CertificateProblem.fromTheFuture) { try authority.verify(certificate, at: present - day - 1) }
        #expect(throws: CertificateProblem.expired) { try authority.verify(certificate, at: present + 7 * day + 1) }
    }

    @Test func `a certificate is renewed while it has days to live`() throws {
        let certificate = try ClusterAuthority(token: .random()).issue(for: peer, at: present)
        #expect(certificate.renewal == present + 86_400)
    }

    @Test func `no changed bit of a certificate is accepted`() throws {
        // Several: half of all signatures end in a bit that is zero, which is where encodings differ.
        for _ in 0..<3 {
            let authority = try ClusterAuthority(token: .random())
            let certificate = try authority.issue(for: peer, at: present).certificate
            for position in certificate.indices {
                for bit in 0..<8 {
                    var changed = certificate
                    changed[position] ^= 1 << UInt8(bit)
                    #expect(throws: CertificateProblem.self, "bit \(bit) of byte \(position)") {
                        try authority.verify(changed, at: present)
                    }
                }
            }
        }
    }

    @Test func `what is no certificate is refused`() throws {
        let authority = try ClusterAuthority(token: .random())
        #expect(throws: CertificateProblem.unreadable) { try authority.verify([], at: present) }
        #expect(throws: CertificateProblem.unreadable) { try authority.verify([0x30, 0x80], at: present) }
    }
}
