import Glibc
import Observability
import Testing

@testable import Proxy

@Suite struct ConntrackSettingsTests {
    /// A folder with files in place of the kernel's.
    private final class Kernel {
        let files: SystemFiles
        private var made: [String] = []

        init(_ contents: [String: String]) throws {
            var template = Array("/tmp/trama-system-XXXXXX".utf8CString)
            let isMade = mkdtemp(&template) != nil
            try #require(isMade)
            files = SystemFiles(
                root: String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            )
            for (path, content) in contents {
                var folder = files.root
                for part in path.split(separator: "/").dropLast() {
                    folder += "/" + part
                    if mkdir(folder, 0o755) == 0 { made.append(folder) }
                }
                try SmallFile.write(content, to: files.root + path, creates: true)
                made.append(files.root + path)
            }
        }

        deinit {
            for path in made.reversed() { remove(path) }
            remove(files.root)
        }

        subscript(path: String) -> String? { try? files.read(path) }
    }

    private static let netfilter = "/proc/sys/net/netfilter/nf_conntrack_"
    private static let hashSize = "/sys/module/nf_conntrack/parameters/hashsize"

    private func conntrack(_ change: (inout ProxyConfiguration.Conntrack) -> Void) -> ProxyConfiguration.Conntrack {
        var conntrack = ProxyConfiguration.Conntrack()
        change(&conntrack)
        return conntrack
    }

    @Test(
        "the limit is per CPU, at least the minimum, at most 2^20; the hash table has a quarter",
        arguments: [
            (32_768, 131_072, "0-7", "262144", "65536"),
            (32_768, 131_072, "0-1", "131072", "32768"),
            (32_768, 0, "0", "32768", "8192"),
            (1_000_000, 0, "0-15", "1048576", "262144"),
            (.max, .max, "0-3,8-11", "1048576", "262144"),
        ] as [(Int, Int, String, String, String)]
    )
    func limit(maxPerCore: Int, min: Int, online: String, limit: String, hashSize: String) throws {
        let kernel = try Kernel([
            "/sys/devices/system/cpu/online": online + "\n", Self.netfilter + "max": "1\n", Self.hashSize: "1\n",
        ])
        let results = kernel.files.apply(
            conntrack {
                $0.maxPerCore = maxPerCore
                $0.min = min
            }
        )
        #expect(results.map(\.outcome) == [.changed(from: "1"), .changed(from: "1")])
        #expect(kernel[Self.netfilter + "max"] == limit)
        #expect(kernel[Self.hashSize] == hashSize)
    }

    @Test("a hash table that is larger stays; so does a value that is right") func unchanged() throws {
        let kernel = try Kernel([
            "/sys/devices/system/cpu/online": "0\n", Self.netfilter + "max": "4096\n", Self.hashSize: "65536\n",
        ])
        let results = kernel.files.apply(conntrack { $0.maxPerCore = 4_096 })
        #expect(results.map(\.outcome) == [.unchanged, .unchanged])
        #expect(kernel[Self.hashSize] == "65536")
    }

    @Test("timeouts are whole seconds, never zero") func timeouts() throws {
        let names = ["tcp_timeout_established", "tcp_timeout_close_wait", "udp_timeout", "udp_timeout_stream"]
        var contents = Dictionary(uniqueKeysWithValues: names.map { (Self.netfilter + $0, "1") })
        contents[Self.netfilter + "tcp_be_liberal"] = "0"
        let kernel = try Kernel(contents)
        let results = kernel.files.apply(
            conntrack {
                $0.tcpEstablishedTimeout = .seconds(86_400)
                $0.tcpCloseWaitTimeout = .milliseconds(3_600_900)
                $0.udpTimeout = .milliseconds(10)
                $0.udpStreamTimeout = .seconds(2)
                $0.tcpBeLiberal = true
            }
        )
        #expect(results.count == 5)
        #expect(names.map { kernel[Self.netfilter + $0] } == ["86400", "3600", "1", "2"])
        #expect(kernel[Self.netfilter + "tcp_be_liberal"] == "1")
    }

    @Test("what is not configured is not touched") func untouched() throws {
        let kernel = try Kernel([Self.netfilter + "max": "1"])
        #expect(kernel.files.apply(ProxyConfiguration.Conntrack()).isEmpty)
        #expect(kernel[Self.netfilter + "max"] == "1")
    }

    @Test("a failure is one result that names the setting, the value and the reason; the others go on") func failure()
        throws
    {
        let kernel = try Kernel([Self.netfilter + "udp_timeout": "1"])
        let results = kernel.files.apply(
            conntrack {
                $0.maxPerCore = 1_000
                $0.udpTimeout = .seconds(30)
            }
        )
        #expect(results.map(\.isFailure) == [true, true, false])
        #expect(
            results[0].description == "cannot set net.netfilter.nf_conntrack_max to 1000: "
                + "\(kernel.files.root)\(Self.netfilter)max: No such file or directory"
        )
        #expect(results[2].description == "set net.netfilter.nf_conntrack_udp_timeout to 30 (was 1)")
    }

    @Test(
        "CPUs are counted from the kernel's list",
        arguments: [
            ("0", 1), ("0-3", 4), ("0-3,5", 5), ("0,2,4-7", 6), ("", 1), ("x", 1), ("3-1", 1), ("0-1-2", 1),
            ("0-99999999999", 1), ("-", 1),
        ]
    )
    func processors(list: String, count: Int) throws {
        let kernel = try Kernel(["/sys/devices/system/cpu/online": list])
        #expect(kernel.files.processorCount() == count)
    }

    @Test("the OOM score adjustment is written") func oomScoreAdjustment() throws {
        let kernel = try Kernel(["/proc/self/oom_score_adj": "0\n"])
        #expect(kernel.files.setOOMScoreAdjustment(-999).outcome == .changed(from: "0"))
        #expect(kernel["/proc/self/oom_score_adj"] == "-999")
    }
}
