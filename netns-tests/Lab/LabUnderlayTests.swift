import Glibc
import LabNetwork
import Testing

/// Labs without nodes: the hosts, the control plane, and what is between them.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct LabUnderlayTests {
    @Test(arguments: [
        ["--underlay", "v4"], ["--underlay", "v6"], ["--underlay", "dual", "--routed"],
        ["--underlay", "v4", "--routed", "--mtu", "1400", "--subnet", "10.77.0.0/16"],
        ["--underlay", "dual", "--mtu", "1400", "--loss", "2%", "--store", "etcd"],
    ])
    func `the machine reaches the API server`(options: [String]) async throws {
        try await LabTestBed.with { bed in
            let before = try await bed.inventory()
            try await bed.run([bed.trama, "lab", "up", "--name", bed.name, "--nodes", "0"] + options)
            #expect(try await bed.kubectl("get", "--raw", "/readyz") == "ok")
            let links = try await bed.lab("exec", "cp", "--", "ip", "-o", "link", "show", "eth0").output
            #expect(links.contains(options.contains("1400") ? "mtu 1400" : "mtu 1500"))
            #expect(try await bed.lab("status").status == 0)
            let service = try await bed.kubectl("-n", "kube-system", "get", "service", "kube-dns", "-o", "name")
            #expect(service == "service/kube-dns\n")
            #expect(try await bed.lab("down").status == 0)
            try await bed.expectUnchanged(since: before)
        }
    }

    @Test func `two labs are side by side, and one goes without the other`() async throws {
        try await LabTestBed.with { bed in
            try await bed.up("--nodes", "0", "--no-dns")
            let before = try await bed.inventory()
            let processes = bed.processes()
            let other = ["--name", "o\(bed.name.dropFirst())"]
            try await bed.run([bed.trama, "lab", "up", "--nodes", "0", "--no-dns"] + other)
            let addresses = try await bed.run(["ip", "-o", "-4", "address"])
            #expect(addresses.contains("10.127.0.1/24") && addresses.contains("10.127.1.1/24"))
            try await bed.run([bed.trama, "lab", "down"] + other)
            try await bed.expectUnchanged(since: before, keeping: processes)
            #expect(try await bed.kubectl("get", "--raw", "/readyz") == "ok")
        }
    }

    @Test func `up once more is accepted where it is the same lab, and refused where it is another`() async throws {
        try await LabTestBed.with { bed in
            let text = try await bed.up("--nodes", "0", "--no-dns")
            #expect(try await bed.up("--nodes", "0", "--no-dns") == text)
            let other = try await bed.lab("up", "--nodes", "0", "--no-dns", "--underlay", "dual")
            #expect(other.status == 1 && other.errors.contains("lab down --name \(bed.name)"), "\(other.errors)")
            #expect(try await bed.kubectl("get", "--raw", "/readyz") == "ok")
        }
    }

    @Test func `parted hosts do not hear each other until they are healed`() async throws {
        try await LabTestBed.with { bed in
            try await bed.up("--nodes", "0", "--no-dns")
            let ping = ["ping", "-c", "1", "-W", "1", "10.127.0.2"]
            #expect(try await bed.result(ping).status == 0)
            #expect(try await bed.lab("partition", "cp", "outside").status == 0)
            #expect(try await bed.result(ping).status != 0)
            let status = try await bed.lab("status")
            #expect(status.status == 1 && status.output.contains("Parted: cp from outside"), "\(status.output)")
            #expect(try await bed.lab("heal").status == 0)
            #expect(try await bed.result(ping).status == 0)
            let nobody = try await bed.lab("partition", "cp", "node-9")
            #expect(nobody.status == 1 && nobody.errors.contains("cp, outside"))
        }
    }

    @Test func `a command on a host takes its exit status with it`() async throws {
        try await LabTestBed.with { bed in
            try await bed.up("--nodes", "0", "--no-dns")
            let result = try await bed.lab("exec", "cp", "--", "sh", "-c", "ip -o -4 address; exit 42")
            #expect(result.status == 42)
            #expect(result.output.contains("10.127.0.2/24"))
            #expect(try await bed.lab("exec", "cp", "--", "kubectl", "get", "--raw", "/readyz").output == "ok")
            #expect(try await bed.lab("exec", "nobody", "--", "true").status == 1)
        }
    }

    @Test func `what does not come up in time is given up and taken away`() async throws {
        try await LabTestBed.with { bed in
            let before = try await bed.inventory()
            // An etcd that starts and serves nobody.
            let script = """
                mkdir /run/bin && printf '#!/bin/sh\n[ "$1" = --version ] || exec sleep 1000\n' >/run/bin/etcd \
                && chmod +x /run/bin/etcd && PATH=/run/bin:$PATH \(bed.trama) lab up --name \(bed.name) --nodes 0 \
                --store etcd --timeout 1; status=$?; rm -r /run/bin; exit $status
                """
            let up = try await bed.result(["sh", "-c", script])
            #expect(up.status == 1)
            #expect(up.errors.contains("etcd did not come up within 1.0 seconds"), "\(up.errors)")
            try await bed.expectUnchanged(since: before)
        }
    }

    @Test func `a delay is refused where the kernel has none, with what it said`() async throws {
        try await LabTestBed.with { bed in
            let before = try await bed.inventory()
            let probe =
                "ip link add d0 type dummy && tc qdisc add dev d0 root netem delay 1ms; s=$?; ip link del d0; exit $s"
            let has = try await bed.result(["sh", "-c", probe]).status == 0
            let up = try await bed.lab("up", "--nodes", "0", "--no-dns", "--delay", "20ms")
            if has {
                #expect(up.status == 0, "\(up.errors)")
            } else {
                #expect(up.status == 1 && up.errors.contains("netem"), "\(up.errors)")
                try await bed.expectUnchanged(since: before)
            }
        }
    }
}
