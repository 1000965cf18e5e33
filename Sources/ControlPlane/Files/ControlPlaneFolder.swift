public import APIAccess
public import Addressing
import Glibc
import JSON
public import KubernetesAPI
import Observability

/// The folder with what a control plane must keep: its authority, its keys, its kubeconfigs and its store.
///
///     pki/ca.crt ca.key                  the authority; kubeadm's and openssl's do as well
///     pki/apiserver.crt apiserver.key    the server's certificate, made anew before it ends
///     pki/apiserver-kubelet-client.crt … .key    the server's as a client of nodes
///     pki/sa.key                         signs tokens of service accounts
///     admin.conf …                       kubeconfigs
///     state.db                           the embedded store
///
/// Folders are 0700 and files 0600: who reads them is the cluster's administrator.
public struct ControlPlaneFolder: Sendable {
    /// The folder.
    public let path: String

    /// How long before its end a certificate is made anew.
    static let renewal: Duration = .seconds(60 * 86_400)

    /// What must be known to make the files.
    public struct Facts: Sendable, Hashable {
        /// Where clients on other hosts find the server: an address or a name.
        public var advertisedHost: String
        /// The server's port.
        public var port: UInt16
        /// Names that the server is reached under.
        public var names: [String]
        /// Addresses that the server is reached under.
        public var addresses: [IPAddress]

        /// Facts from their parts.
        ///
        /// - Parameters:
        ///   - serviceAddresses: ClusterIPs of the Service `default/kubernetes`.
        ///   - extra: Names and addresses besides: `--cert-sans`.
        ///   - clusterDomain: Such as `cluster.local`.
        public init(
            advertisedHost: String,
            port: UInt16,
            hostName: String,
            serviceAddresses: [IPAddress],
            extra: [String] = [],
            clusterDomain: String = "cluster.local"
        ) {
            self.advertisedHost = advertisedHost
            self.port = port
            var names = [
                "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.\(clusterDomain)",
                "localhost", hostName,
            ]
            var addresses = serviceAddresses
            for host in ["127.0.0.1", "::1", advertisedHost] + extra {
                if let address = IPAddress(host) { addresses.append(address) } else { names.append(host) }
            }
            self.names = Self.unique(names)
            self.addresses = Self.unique(addresses)
        }

        private static func unique<Value: Hashable>(_ values: [Value]) -> [Value] {
            var seen: Set<Value> = []
            return values.filter { seen.insert($0).inserted }
        }

        /// The server's URL.
        public var server: String {
            advertisedHost.contains(":") ? "https://[\(advertisedHost)]:\(port)" : "https://\(advertisedHost):\(port)"
        }
    }

    /// What a control plane runs with.
    public struct Credentials: Sendable {
        /// Signs client certificates.
        public var authority: CertificateAuthority
        /// The server's certificate and key.
        public var server: CertificateAuthority.Leaf
        /// The server's certificate and key as a client of nodes.
        public var nodeClient: CertificateAuthority.Leaf
        /// Signs tokens of service accounts, in PEM.
        public var accountKeyPEM: String
        /// The kubeconfigs that are there, by user.
        public var kubeconfigs: [Kubeconfig]
    }

    /// A kubeconfig that every control plane makes.
    public struct Kubeconfig: Sendable, Hashable {
        /// The file's name, such as `admin.conf`.
        public var file: String
        /// Who it is for.
        public var user: String
        /// The groups that the user is in.
        public var groups: [String]
    }

    /// The kubeconfigs that every control plane makes.
    public static let kubeconfigs = [
        Kubeconfig(file: "admin.conf", user: "kubernetes-admin", groups: [RBACAuthorizer.superusers]),
        Kubeconfig(file: "controller-manager.conf", user: "system:kube-controller-manager", groups: []),
        Kubeconfig(file: "scheduler.conf", user: "system:kube-scheduler", groups: []),
        Kubeconfig(file: "kube-proxy.conf", user: "system:kube-proxy", groups: []),
    ]

    /// The folder of that path; nothing is touched yet.
    public init(path: String) {
        self.path = path
    }

    /// The embedded store's file.
    public var storePath: String { "\(path)/state.db" }

    /// Makes what is missing and renews what ends soon or fits the facts no longer; leaves the rest as it is.
    ///
    /// Calls block, also while another process does the same.
    public func prepare(_ facts: Facts, now: Timestamp) throws(ControlPlaneFolderError) -> Credentials {
        try makeFolder(path)
        try makeFolder("\(path)/pki")
        // A kubeconfig may be asked for in the moment of the first start: one of the two makes the authority.
        let lock = try lock()
        defer { close(lock) }
        let authority = try self.authority(now: now)
        let server = try self.server(authority, facts, now: now)
        let nodeClient = try self.nodeClient(authority, now: now)
        let accountKey: String
        if let present = try read("pki/sa.key") {
            accountKey = present
        } else {
            accountKey = try write("pki/sa.key", ServiceAccountTokens.makeKey())
        }
        for kubeconfig in Self.kubeconfigs {
            guard try needsWriting(kubeconfig, authority, facts, now: now) else { continue }
            let text = try self.kubeconfig(
                authority,
                user: kubeconfig.user,
                groups: kubeconfig.groups,
                server: facts.server,
                now: now
            )
            _ = try write(kubeconfig.file, text)
        }
        return Credentials(
            authority: authority,
            server: server,
            nodeClient: nodeClient,
            accountKeyPEM: accountKey,
            kubeconfigs: Self.kubeconfigs
        )
    }

    /// The text of a kubeconfig for a user.
    ///
    /// A node's certificate is also for its server of logs and commands, under the node's name.
    ///
    /// - Parameter addresses: What a node's server can be reached under besides.
    public func kubeconfig(
        _ authority: CertificateAuthority,
        user: String,
        groups: [String],
        addresses: [IPAddress] = [],
        server: String,
        now: Timestamp
    ) throws(ControlPlaneFolderError) -> String {
        do {
            var purpose = CertificateAuthority.Purpose.client(user: user, groups: groups)
            if let node = Self.nodeName(user: user, groups: groups) {
                purpose = .node(name: node, addresses: addresses.map(\.networkBytes))
            }
            let leaf = try authority.issue(purpose, now: now)
            let authorityPEM = try authority.certificatePEM
            return KubeconfigFile(server: server, authorityPEM: authorityPEM, user: user, leaf: leaf).text
        } catch {
            throw ControlPlaneFolderError(path: path, reason: "\(error)")
        }
    }

    /// The node that a user is; nil for anybody else.
    static func nodeName(user: String, groups: [String]) -> String? {
        let prefix = "system:node:"
        guard user.hasPrefix(prefix), user.utf8.count > prefix.utf8.count, groups == ["system:nodes"] else {
            return nil
        }
        return String(user.dropFirst(prefix.count))
    }

    // MARK: Certificates

    private func authority(now: Timestamp) throws(ControlPlaneFolderError) -> CertificateAuthority {
        let (certificate, key) = (try read("pki/ca.crt"), try read("pki/ca.key"))
        do {
            switch (certificate, key) {
            case (let certificate?, let key?):
                return try CertificateAuthority(certificatePEM: certificate, keyPEM: key)
            case (nil, nil):
                let authority = try CertificateAuthority(name: "kubernetes", now: now)
                let (certificatePEM, keyPEM) = (try authority.certificatePEM, try authority.keyPEM)
                // The key first: a certificate without its key would be taken for a damaged folder.
                _ = try write("pki/ca.key", keyPEM)
                _ = try write("pki/ca.crt", certificatePEM)
                return authority
            case (nil, let key?):
                // Stopped between the two: nothing was signed by it yet.
                guard try read("pki/apiserver.crt") == nil else { break }
                _ = key
                try remove("pki/ca.key")
                return try self.authority(now: now)
            case (_?, nil):
                break
            }
        } catch let error as ControlPlaneFolderError {
            throw error
        } catch {
            throw ControlPlaneFolderError(path: "\(path)/pki/ca.crt", reason: "\(error)")
        }
        throw ControlPlaneFolderError(
            path: "\(path)/pki",
            reason: "has only one of ca.crt and ca.key: put the other one back, or remove both and all that they signed"
        )
    }

    private func server(
        _ authority: CertificateAuthority,
        _ facts: Facts,
        now: Timestamp
    ) throws(ControlPlaneFolderError) -> CertificateAuthority.Leaf {
        let (certificate, key) = (try read("pki/apiserver.crt"), try read("pki/apiserver.key"))
        if let certificate, let key, authority.vouches(for: certificate, at: now.advanced(by: Self.renewal)),
            CertificateAuthority.covers(
                certificate,
                names: facts.names,
                addresses: facts.addresses.map(\.networkBytes)
            ),
            CertificateAuthority.fits(certificate, key: key)
        {
            return CertificateAuthority.Leaf(certificatePEM: certificate, keyPEM: key)
        }
        let leaf: CertificateAuthority.Leaf
        do {
            let purpose = CertificateAuthority.Purpose.server(
                names: facts.names,
                addresses: facts.addresses.map(\.networkBytes)
            )
            leaf = try authority.issue(purpose, now: now)
        } catch {
            throw ControlPlaneFolderError(path: "\(path)/pki/apiserver.crt", reason: "\(error)")
        }
        _ = try write("pki/apiserver.key", leaf.keyPEM)
        _ = try write("pki/apiserver.crt", leaf.certificatePEM)
        return leaf
    }

    /// Whom a node's kubelet knows the API server as; kubeadm's files have the same names.
    private func nodeClient(
        _ authority: CertificateAuthority,
        now: Timestamp
    ) throws(ControlPlaneFolderError) -> CertificateAuthority.Leaf {
        let name = "pki/apiserver-kubelet-client"
        let (certificate, key) = (try read("\(name).crt"), try read("\(name).key"))
        if let certificate, let key, authority.vouches(for: certificate, at: now.advanced(by: Self.renewal)),
            CertificateAuthority.fits(certificate, key: key)
        {
            return CertificateAuthority.Leaf(certificatePEM: certificate, keyPEM: key)
        }
        let leaf: CertificateAuthority.Leaf
        do {
            // In no group: what it may do, only nodes decide.
            leaf = try authority.issue(.client(user: "kube-apiserver-kubelet-client", groups: []), now: now)
        } catch {
            throw ControlPlaneFolderError(path: "\(path)/\(name).crt", reason: "\(error)")
        }
        _ = try write("\(name).key", leaf.keyPEM)
        _ = try write("\(name).crt", leaf.certificatePEM)
        return leaf
    }

    private func needsWriting(
        _ kubeconfig: Kubeconfig,
        _ authority: CertificateAuthority,
        _ facts: Facts,
        now: Timestamp
    ) throws(ControlPlaneFolderError) -> Bool {
        guard let text = try read(kubeconfig.file) else { return true }
        guard text.contains("\"server\":\"\(facts.server)\""), let certificate = Self.clientCertificate(in: text) else {
            return true
        }
        return !authority.vouches(for: certificate, at: now.advanced(by: Self.renewal))
    }

    /// The certificate in a kubeconfig that ``KubeconfigFile`` wrote.
    private static func clientCertificate(in text: String) -> String? {
        let mark = "\"client-certificate-data\":\""
        guard let start = text.firstRange(of: mark)?.upperBound, let end = text[start...].firstIndex(of: "\"") else {
            return nil
        }
        return Base64.decode(Array(text[start..<end].utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    // MARK: Files

    private func makeFolder(_ path: String) throws(ControlPlaneFolderError) {
        var end = path.startIndex
        while let next = path[end...].dropFirst().firstIndex(of: "/") {
            end = next
            mkdir(String(path[..<end]), 0o755)
        }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw ControlPlaneFolderError(path: path, reason: "cannot be made: \(String(cString: strerror(errno)))")
        }
    }

    /// Waits until nobody else prepares the folder.
    ///
    /// - Returns: What holds the lock until it is closed.
    private func lock() throws(ControlPlaneFolderError) -> Int32 {
        let name = "\(path)/pki/.lock"
        let descriptor = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw ControlPlaneFolderError(path: name, reason: "cannot be made: \(String(cString: strerror(errno)))")
        }
        while flock(descriptor, LOCK_EX) != 0 {
            let error = errno
            if error == EINTR { continue }
            close(descriptor)
            throw ControlPlaneFolderError(path: name, reason: "cannot be locked: \(String(cString: strerror(error)))")
        }
        return descriptor
    }

    private func read(_ name: String) throws(ControlPlaneFolderError) -> String? {
        do {
            return try SmallFile.read("\(path)/\(name)")
        } catch {
            guard error.errno == ENOENT else {
                throw ControlPlaneFolderError(path: error.path, reason: "cannot be read: \(error)")
            }
            return nil
        }
    }

    private func write(_ name: String, _ text: String) throws(ControlPlaneFolderError) -> String {
        do {
            try SmallFile.replace("\(path)/\(name)", with: text)
            return text
        } catch {
            throw ControlPlaneFolderError(path: error.path, reason: "cannot be written: \(error)")
        }
    }

    private func remove(_ name: String) throws(ControlPlaneFolderError) {
        guard unlink("\(path)/\(name)") == 0 || errno == ENOENT else {
            throw ControlPlaneFolderError(
                path: "\(path)/\(name)",
                reason: "cannot be removed: \(String(cString: strerror(errno)))"
            )
        }
    }
}

/// Why the folder of a control plane cannot be used.
public struct ControlPlaneFolderError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file or folder.
    public var path: String
    /// What is wrong, and what to do.
    public var reason: String

    /// For people.
    public var description: String { "\(path): \(reason)" }
}
