import Glibc
import LabNetwork
import Testing

/// That a lab leaves nothing behind, whatever became of it.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct LabRemovalTests {
    @Test func `down leaves the machine as it was`() async throws {
        try await LabTestBed.with { bed in
            let before = try await bed.inventory()
            let text = try await bed.up("--nodes", "0")
            #expect(text == "export KUBECONFIG=\(bed.kubeconfig)\n")
            #expect(try await bed.kubectl("get", "--raw", "/readyz") == "ok")
            #expect(try await bed.inventory() != before)
            #expect(try await bed.lab("down").status == 0)
            try await bed.expectUnchanged(since: before)
            // Nothing is there to be taken away, and that is no failure.
            #expect(try await bed.lab("down").status == 0)
            try await bed.expectUnchanged(since: before)
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `down works after up was killed at any moment`() async throws {
        try await LabTestBed.with { bed in
            let before = try await bed.inventory()
            for milliseconds in [5, 20, 40, 60, 90, 130, 180, 250, 400] {
                let up = try bed.begin("--nodes", "2")
                try await Task.sleep(for: .milliseconds(milliseconds))
                up.signal(SIGKILL)
                _ = await LabProcess.wait(for: [up], atMost: .seconds(20))
                let down = try await bed.lab("down")
                #expect(down.status == 0, "killed after \(milliseconds) ms: \(down.errors)")
                try await bed.expectUnchanged(since: before, "killed after \(milliseconds) ms")
            }
        }
    }

    @Test func `up that is interrupted takes away what it made`() async throws {
        try await LabTestBed.with { bed in
            let before = try await bed.inventory()
            for milliseconds in [30, 150, 300] {
                let up = try bed.begin("--nodes", "2")
                try await Task.sleep(for: .milliseconds(milliseconds))
                up.signal(SIGINT)
                #expect(await LabProcess.wait(for: [up], atMost: .seconds(60)).isEmpty)
                try await bed.expectUnchanged(since: before, "interrupted after \(milliseconds) ms")
            }
        }
    }

    @Test func `up that cannot succeed takes away what it made and says why`() async throws {
        try await LabTestBed.with { bed in
            let before = try await bed.inventory()
            // There is no room for the keys and the store.
            let up = try await bed.result([
                "sh", "-c",
                "mkdir -p /run/trama/lab && mount -t tmpfs -o size=64k none /run/trama/lab && "
                    + "\(bed.trama) lab up --nodes 0 --name \(bed.name); status=$?; umount /run/trama/lab; "
                    + "rmdir /run/trama/lab /run/trama; exit $status",
            ])
            #expect(up.status == 1)
            #expect(up.errors.contains("Error: "), "\(up.errors)")
            try await bed.expectUnchanged(since: before)
        }
    }

    @Test func `what was there before the machine started is taken away without a signal to anybody`() async throws {
        try await LabTestBed.with { bed in
            let before = try await bed.inventory()
            try await bed.up("--nodes", "0", "--no-dns")
            let stranger = try LabHost.current(name: "here").start(["sleep", "1000"])
            defer { stranger.signal(SIGKILL) }
            // As if the numbers were given anew: another start, and the stranger where the control plane was.
            let state = "/run/trama/lab/\(bed.name)/state.json"
            try await bed.run([
                "sed", "-i", "-e", #"s/"bootID":"[^"]*"/"bootID":"other"/"#, "-e",
                #"s/"pid":[0-9]*,"startTime":[0-9]*/"pid":\#(stranger.id),"startTime":\#(stranger.startTime)/"#, state,
            ])
            let up = try await bed.lab("up", "--nodes", "0", "--no-dns")
            #expect(up.status == 1 && up.errors.contains("before the machine started"), "\(up.errors)")
            #expect(try await bed.lab("down").status == 0)
            try await bed.expectUnchanged(since: before)
            #expect(stranger.isAlive)
        }
    }

    @Test func `names that somebody else has are refused and left alone`() async throws {
        try await LabTestBed.with { bed in
            try await bed.run(["ip", "netns", "add", "\(bed.name)-cp"])
            let before = try await bed.inventory()
            let up = try await bed.lab("up", "--nodes", "0")
            #expect(up.status == 1 && up.errors.contains("\(bed.name)-cp"), "\(up.errors)")
            try await bed.expectUnchanged(since: before)
            try await bed.run(["ip", "netns", "delete", "\(bed.name)-cp"])
            try await bed.run(["ip", "link", "add", "lab-\(bed.name)", "type", "bridge"])
            let again = try await bed.lab("up", "--nodes", "0")
            #expect(again.status == 1 && again.errors.contains("lab-\(bed.name)"), "\(again.errors)")
            #expect(try await bed.run(["ip", "-o", "link"]).contains("lab-\(bed.name)"))
        }
    }
}
