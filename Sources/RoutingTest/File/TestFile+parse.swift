import Addressing
import JSON

extension TestFile {
    private static let fields = ["families", "proxy", "nodes", "pods", "outside", "manifests", "flows"]

    /// Reads a file's text.
    ///
    /// - Parameters:
    ///   - path: The file, as it is to stand in errors.
    ///   - text: Its bytes.
    /// - Throws: Every error that was found, up to a bound.
    public init(path: String, text: [UInt8]) throws(TestFileErrors) {
        guard text.count <= Limit.fileSize else {
            throw TestFileErrors([
                TestFileError(file: path, reason: "larger than \(Limit.fileSize >> 20) MiB; split it")
            ])
        }
        var problems = Problems(file: path)
        let root: FileValue
        do throws(TestFileError) { root = try FileValue(file: path, text) } catch { throw TestFileErrors([error]) }
        guard let file = FileFields(root, "", known: Self.fields, problems: &problems) else {
            throw TestFileErrors(problems.errors)
        }
        self.path = path
        let families = file.list("families").compactMap { problems.word($0.value, $0.path, of: Self.familyWords) }
        self.families = families.isEmpty ? [.ipv4] : families
        if Set(families).count != families.count {
            problems.add(line: file["families"]?.line, "families", "names one twice")
        }
        proxyFlags = file.texts("proxy", &problems)
        nodes = file.list("nodes").compactMap { TestNode($0.value, $0.path, &problems) }
        if file["nodes"] == nil {
            problems.add(line: root.line, "nodes", "is missing; name the cluster's nodes, such as nodes: [a, b]")
        }
        pods = file.list("pods").compactMap { TestPod($0.value, $0.path, &problems) }
        let clients = file.list("outside").compactMap { OutsideClient($0.value, $0.path, &problems) }
        outside = clients.isEmpty ? [.standard] : clients
        manifests = file.list("manifests").compactMap { element in
            switch element.value.content {
            case .object: TestManifest(source: .object(element.value.json), line: element.value.line)
            case .string(let path): TestManifest(source: .file(path), line: element.value.line)
            default: problems.reject(element, "must be the path of a file, or an object, not \(element.value.kind)")
            }
        }
        flows = file.list("flows").enumerated().compactMap { index, element in
            TestFlow(element.value, element.path, index: index, &problems)
        }
        if file["flows"] == nil {
            problems.add(line: root.line, "flows", "is missing; write what is to become of traffic")
        }
        checkLimits(file, &problems)
        checkNames(&problems)
        try problems.check()
    }

    static let familyWords: [(String, IPFamily)] = [("ipv4", .ipv4), ("ipv6", .ipv6)]
    static let transportWords: [(String, TransportProtocol)] = [("tcp", .tcp), ("udp", .udp), ("sctp", .sctp)]

    private func checkLimits(_ file: FileFields, _ problems: inout Problems) {
        func check(_ field: String, _ count: Int, _ limit: Int) {
            guard count > limit else { return }
            problems.add(line: file[field]?.line, field, "has \(count) entries; at most \(limit) fit into one test")
        }
        check("nodes", nodes.count, Limit.nodes)
        check("pods", pods.count, Limit.pods)
        check("outside", outside.count, Limit.outside)
        check("flows", flows.count, Limit.flows)
    }

    /// Clients of flows share one space of names.
    private func checkNames(_ problems: inout Problems) {
        var lines: [String: Int] = [:]
        let places =
            nodes.map { ("nodes", $0.name, $0.line) } + pods.map { ("pods", $0.name, $0.line) }
            + outside.map { ("outside", $0.name, $0.line) }
        for (field, name, line) in places {
            if let other = lines.updateValue(line, forKey: name) {
                problems.add(
                    line: line,
                    field,
                    "\(name) is the name of another one, on line \(other); nodes, pods and clients need different names"
                )
            }
        }
        var owners: [IPAddress: String] = [:]
        let named =
            pods.map { ("pods", $0.name, $0.addresses, $0.line) }
            + outside.map { ("outside", $0.name, $0.addresses, $0.line) }
        for (field, name, addresses, line) in named {
            for address in addresses {
                guard let other = owners.updateValue(name, forKey: address), other != name else { continue }
                problems.add(line: line, field, "\(name) has the address \(address) of \(other); give it another")
            }
        }
        let nodeNames = Set(nodes.map(\.name))
        for pod in pods where !nodeNames.contains(pod.node) {
            let hint = Suggestion.text(for: pod.node, among: nodeNames)
            problems.add(
                line: pod.line,
                "pods",
                "pod \(pod.name) is on node \(pod.node), which is none of nodes\(hint)"
            )
        }
        for (node, pods) in Dictionary(grouping: pods, by: \.node) where pods.count > Limit.podsOfNode {
            problems.add(line: pods.first?.line, "pods", "node \(node) has more than \(Limit.podsOfNode) pods")
        }
    }
}

extension Problems {
    /// Adds an error about an element, and stands for it.
    mutating func reject<Value>(_ element: (value: FileValue, path: String), _ reason: String) -> Value? {
        add(element.value, element.path, reason)
        return nil
    }

    /// Addresses, at most one of each family.
    mutating func addresses(_ fields: FileFields, _ name: String) -> [IPAddress] {
        var addresses: [IPAddress] = []
        for (value, path) in fields.list(name) {
            guard let text = text(value, path) else { continue }
            guard let address = IPAddress(text), !address.isUnspecified, !address.isLoopback, !address.isMulticast
            else {
                add(value, path, "\"\(text)\" is no address of a host, such as 203.0.113.7 or \"2001:db8::7\"")
                continue
            }
            if addresses.contains(where: { $0.family == address.family }) {
                add(value, path, "there is an \(address.family) address already; one of each family is enough")
                continue
            }
            addresses.append(address)
        }
        return addresses
    }
}

extension TestNode {
    init?(_ value: FileValue, _ path: String, _ problems: inout Problems) {
        line = value.line
        if let name = value.text {
            self.name = name
            zone = nil
            labels = [:]
        } else {
            guard let fields = FileFields(value, path, known: ["name", "zone", "labels"], problems: &problems),
                let name = fields.required("name", "write the node's name", &problems)
            else { return nil }
            self.name = name
            zone = fields.text("zone", &problems)
            labels = fields.textMap("labels", &problems)
        }
        guard problems.isName(name, value, path) else { return nil }
    }
}

extension Problems {
    /// Whether it is a name that an object may have (RFC 1123, as Kubernetes has it), and one that flows can tell from
    /// an address.
    mutating func isName(_ name: String, _ value: FileValue, _ path: String) -> Bool {
        let isGood =
            !name.isEmpty && name.utf8.count <= 63 && name.first != "-" && name.last != "-"
            && name.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "-") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
        if !isGood {
            add(value, path, "\"\(name)\" is no name: letters a to z, digits and - inside, at most 63 of them")
        }
        return isGood
    }
}

extension TestPod {
    private static let fields = [
        "name", "namespace", "node", "labels", "ports", "ready", "terminating", "hostNetwork", "addresses",
    ]

    init?(_ value: FileValue, _ path: String, _ problems: inout Problems) {
        guard let fields = FileFields(value, path, known: Self.fields, problems: &problems),
            let name = fields.required("name", "write the pod's name", &problems),
            let node = fields.required("node", "write the name of the node it runs on", &problems),
            problems.isName(name, value, fields.path(of: "name"))
        else { return nil }
        self.name = name
        self.node = node
        namespace = fields.text("namespace", &problems) ?? "default"
        labels = fields.textMap("labels", &problems)
        ports = []
        if let value = fields["ports"], case .object(let members) = value.content {
            ports = members.compactMap { PodPort($0.value, "\(path).ports.\($0.name)", name: $0.name, &problems) }
        } else {
            ports = fields.list("ports").compactMap { PodPort($0.value, $0.path, name: "", &problems) }
        }
        isReady = fields.flag("ready", default: true, &problems)
        isTerminating = fields.flag("terminating", default: false, &problems)
        isOnHostNetwork = fields.flag("hostNetwork", default: false, &problems)
        addresses = problems.addresses(fields, "addresses")
        if isOnHostNetwork, let given = fields["addresses"] {
            problems.add(given, fields.path(of: "addresses"), "a pod with hostNetwork has its node's; leave it out")
        }
        line = value.line
    }
}

extension PodPort {
    init?(_ value: FileValue, _ path: String, name: String, _ problems: inout Problems) {
        guard let text = problems.text(value, path) else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let transport = parts.count == 1 ? .tcp : TestFile.transportWords.first { $0.0 == parts[1] }?.1
        guard parts.count <= 2, let number = UInt16(parts[0]), number > 0, let transport else {
            problems.add(
                value,
                path,
                "\"\(text)\" is no port; write a number from 1 to 65535, with /udp or /sctp if not TCP"
            )
            return nil
        }
        self.init(name: name, number: number, transport: transport)
    }
}

extension OutsideClient {
    init?(_ value: FileValue, _ path: String, _ problems: inout Problems) {
        guard let fields = FileFields(value, path, known: ["name", "addresses"], problems: &problems),
            let name = fields.required("name", "write a name for flows to use", &problems),
            problems.isName(name, value, fields.path(of: "name"))
        else { return nil }
        self.name = name
        addresses = problems.addresses(fields, "addresses")
        line = value.line
        if addresses.isEmpty {
            problems.add(
                line: line,
                fields.path(of: "addresses"),
                "is missing; write an address of each family, such as 203.0.113.7"
            )
        }
    }
}
