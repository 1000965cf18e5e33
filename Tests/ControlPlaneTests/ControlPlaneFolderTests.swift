import APIAccess
import Addressing
import ControlPlane
import Dispatch
import Glibc
import JSON
import KubernetesAPI
import KubernetesClient
import Synchronization
import Testing

@Suite("The control plane's folder")
struct ControlPlaneFolderTests {
    private let now = Timestamp(seconds: 1_800_000_000)

    private func facts(host: String = "10.0.0.1", extra: [String] = []) throws -> ControlPlaneFolder.Facts {
        ControlPlaneFolder.Facts(
            advertisedHost: host,
            port: 6443,
            hostName: "cp",
            serviceAddresses: [try #require(IPAddress("10.96.0.1"))],
            extra: extra
        )
    }

    private func withFolder(_ body: (ControlPlaneFolder) throws -> Void) throws {
        var template = Array("/tmp/trama-cp-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno() }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let folder = ControlPlaneFolder(path: "\(path)/a/b")
        defer {
            let pairs = ["ca", "apiserver", "apiserver-kubelet-client"].flatMap { ["pki/\($0).crt", "pki/\($0).key"] }
            for name in pairs + ["pki/sa.key", "pki/.lock"]
                + ControlPlaneFolder.kubeconfigs.map(\.file)
            { unlink("\(folder.path)/\(name)") }
            for folder in ["\(folder.path)/pki", folder.path, "\(path)/a", path] { rmdir(folder) }
        }
        try body(folder)
    }

    private struct Errno: Error {}

    @Test func `those who prepare it at one time get one authority`() throws {
        try withFolder { folder in
            let facts = try facts()
            let made = Mutex<[String]>([])
            DispatchQueue.concurrentPerform(iterations: 4) { _ in
                let result = Result { try folder.prepare(facts, now: now).authority.certificatePEM }
                made.withLock { $0.append((try? result.get()) ?? "\(result)") }
            }
            let all = made.withLock(\.self)
            #expect(all.count == 4 && Set(all).count == 1 && all[0].hasPrefix("-----BEGIN"), "\(all)")
        }
    }

    @Test("Everything is made once, for its owner alone, and stays")
    func once() throws {
        try withFolder { folder in
            let first = try folder.prepare(try facts(), now: now)
            let second = try folder.prepare(try facts(), now: now.advanced(by: .seconds(86_400)))
            #expect(first.server == second.server)
            #expect(first.nodeClient == second.nodeClient)
            #expect(first.accountKeyPEM == second.accountKeyPEM)
            for name in [
                "pki/ca.key", "pki/apiserver.key", "pki/apiserver-kubelet-client.key", "pki/sa.key", "admin.conf",
            ] {
                var status = stat()
                #expect(stat("\(folder.path)/\(name)", &status) == 0)
                #expect(status.st_mode & 0o777 == 0o600)
            }
        }
    }

    @Test("A kubeconfig names the server, and the client reads it")
    func kubeconfig() throws {
        try withFolder { folder in
            _ = try folder.prepare(try facts(host: "fd00::1"), now: now)
            let kubeconfig = try Kubeconfig(path: "\(folder.path)/admin.conf")
            #expect(kubeconfig.currentContext == "kubernetes-admin@trama")
        }
    }

    @Test("The API server comes to nodes as the user whom their kubelets let in, and in no group")
    func nodeClient() throws {
        try withFolder { folder in
            let leaf = try folder.prepare(try facts(), now: now).nodeClient
            let client = try #require(identity(leaf.certificatePEM))
            #expect(client.user == "kube-apiserver-kubelet-client")
            #expect(client.groups == ["system:authenticated"])
            // Near its end another is made.
            let later = try folder.prepare(try facts(), now: now.advanced(by: .seconds(330 * 86_400))).nodeClient
            #expect(later != leaf)
        }
    }

    @Test("A node's certificate is also for its server; nobody else's is")
    func node() throws {
        try withFolder { folder in
            let authority = try folder.prepare(try facts(), now: now).authority
            let address = try #require(IPAddress("10.0.0.7"))
            func certificate(_ user: String, _ groups: [String]) throws -> String {
                let text = try folder.kubeconfig(
                    authority,
                    user: user,
                    groups: groups,
                    addresses: [address],
                    server: "https://10.0.0.1:6443",
                    now: now
                )
                let mark = "\"client-certificate-data\":\""
                let start = try #require(text.firstRange(of: mark)?.upperBound)
                let end = try #require(text[start...].firstIndex(of: "\""))
                return String(decoding: try #require(Base64.decode(Array(text[start..<end].utf8))), as: UTF8.self)
            }
            let node = try certificate("system:node:n7", ["system:nodes"])
            #expect(CertificateAuthority.covers(node, names: ["n7"], addresses: [address.networkBytes]))
            #expect(identity(node)?.user == "system:node:n7")
            #expect(identity(node)?.groups.contains("system:nodes") == true)
            for (user, groups) in [
                ("jane", ["system:nodes"]), ("system:node:n7", []), ("system:node:", ["system:nodes"]),
            ] {
                let other = try certificate(user, groups)
                #expect(!CertificateAuthority.covers(other, names: ["n7"], addresses: []))
            }
        }
    }

    private func identity(_ certificatePEM: String) -> RequestIdentity? {
        let lines = certificatePEM.split(separator: "\n").filter { !$0.hasPrefix("-----") }
        return Base64.decode(Array(lines.joined().utf8)).flatMap { RequestIdentity(certificate: $0) }
    }

    @Test("The server's certificate is made anew before it ends, and when the server gets another name")
    func renewal() throws {
        try withFolder { folder in
            let first = try folder.prepare(try facts(), now: now)
            let renamed = try folder.prepare(try facts(extra: ["api.example.org", "192.0.2.7"]), now: now)
            #expect(first.server != renamed.server)
            let again = try folder.prepare(try facts(), now: now)
            #expect(again.server == renamed.server)
            let later = try folder.prepare(try facts(), now: now.advanced(by: .seconds(330 * 86_400)))
            #expect(later.server != renamed.server)
        }
    }

    @Test("An authority without its key is said to be so, and nothing is made")
    func damaged() throws {
        try withFolder { folder in
            _ = try folder.prepare(try facts(), now: now)
            unlink("\(folder.path)/pki/ca.key")
            #expect {
                try folder.prepare(try facts(), now: now)
            } throws: { error in
                "\(error)".contains("only one of ca.crt and ca.key")
            }
        }
    }
}
