import Glibc
import NFTables
import Netlink
import ServiceDataplane

/// What the whole program takes, with a folder of manifests as its source.
struct TramaProgram {
    var path: String
    var workload: Workload

    /// Services in one file.
    private static let servicesPerFile = 100

    func run() async throws {
        var template = Array("/tmp/trama-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Program.Failure(command: "mkdtemp", status: errno, output: "") }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let files = try writeManifests(to: folder)
        defer {
            for file in files { unlink(file) }
            rmdir(folder)
        }
        let laboratory = try Laboratory()
        try Program.run(["ip", "link", "set", "lo", "up"], in: laboratory.namespace)
        let arguments = [path, "proxy", "--manifests", folder, "--hostname-override", "node-0"]
        let start = ContinuousClock.now
        let process = try Program.start(arguments, in: laboratory.namespace)
        defer {
            kill(process, SIGTERM)
            Program.wait(for: process)
        }
        try await waitForFrontends(try laboratory.connection(), process)
        let elapsed = ContinuousClock.now - start
        let status = "/proc/\(process)/status"
        Report.section("Memory of \(path), \(workload.title) as \(files.count) JSON files", columns: ["", "MiB"])
        let resident = Double(Memory.read(status, "VmRSS")) / 1_048_576
        Report.check("program in sync (RSS)", resident, atMost: 150, digits: 1, unit: " MiB")
        Report.value("program at most (VmHWM)", Memory.read(status, "VmHWM").mebibytes)
        Report.line("In sync after \(elapsed), asked every 100 ms.")
    }

    /// Asks until every frontend is there; a minute at most.
    private func waitForFrontends(_ connection: NFTablesConnection, _ process: pid_t) async throws {
        let table = TableID(family: .ip, name: Core.configuration.tableName)
        for _ in 0..<600 {
            try await Task.sleep(for: .milliseconds(100))
            let elements = try await connection.elements(of: "frontends", in: table)
            if elements?.count == workload.serviceCount { return }
            guard kill(process, 0) == 0 else { break }
        }
        throw Program.Failure(command: path, status: 0, output: "the frontends did not come")
    }

    /// Writes the workload's objects into a folder; returns the files.
    func writeManifests(to folder: String) throws -> [String] {
        try stride(from: 0, to: workload.serviceCount, by: Self.servicesPerFile).map { first in
            let services = first..<min(first + Self.servicesPerFile, workload.serviceCount)
            let items = services.flatMap { [workload.serviceJSON($0), workload.sliceJSON($0)] }
            let text = Array(
                "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\(items.joined(separator: ","))]}".utf8
            )
            let file = "\(folder)/services-\(first).json"
            let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            defer { close(descriptor) }
            guard write(descriptor, text, text.count) == text.count else {
                throw Program.Failure(command: "write \(file)", status: errno, output: "")
            }
            return file
        }
    }
}

extension Workload {
    /// The Service as an API server would have it in a manifest.
    fileprivate func serviceJSON(_ index: Int) -> String {
        """
        {"apiVersion":"v1","kind":"Service","metadata":{"name":"service-\(index)","namespace":"namespace-\(index % 50)"},\
        "spec":{"type":"ClusterIP","clusterIP":"\(Self.clusterIP(index))","clusterIPs":["\(Self.clusterIP(index))"],\
        "ports":[{"name":"http","protocol":"TCP","port":\(Self.port),"targetPort":\(Self.targetPort)}]}}
        """
    }

    /// Its slice.
    fileprivate func sliceJSON(_ index: Int) -> String {
        let endpoints = (0..<endpointCount).map { offset in
            """
            {"addresses":["\(Self.endpointAddress(index * endpointCount + offset))"],\
            "conditions":{"ready":true},"nodeName":"node-\((index * 7 + offset) % 100)"}
            """
        }
        return """
            {"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","addressType":"IPv4",\
            "metadata":{"name":"service-\(index)-slice-0","namespace":"namespace-\(index % 50)",\
            "labels":{"kubernetes.io/service-name":"service-\(index)"}},\
            "ports":[{"name":"http","protocol":"TCP","port":\(Self.targetPort)}],\
            "endpoints":[\(endpoints.joined(separator: ","))]}
            """
    }
}
