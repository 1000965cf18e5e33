import Addressing
import Netlink
import OverlayCore
@testable import PathProbing
import Testing

@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct ProberTests {
    /// Short waits: how long each takes is tested in simulated time.
    private var hasty: PathTiming {
        var timing = PathTiming()
        timing.holdDown = .seconds(2)
        timing.relayHoldDown = .seconds(1)
        timing.standbyInterval = .seconds(2)
        timing.fullInterval = .seconds(2)
        return timing
    }

    @Test func `frames pass the kernel's VXLAN device, and the largest ones as well`() async throws {
        try await PathLab.run { lab in
            try await lab.eventuallyBoth("VXLAN") { $0.state == .established(.vxlan(mtu: 1450)) }
            #expect(lab.probers[0].counters.malformed == 0)
            #expect(lab.probers[0].problems.isEmpty)
            let roundTrip = try #require(lab.status(1, 2)?.transports.first?.roundTrip)
            #expect(roundTrip > .zero)
        }
    }

    @Test func `a device that vanishes is waited for, and used when it is back`() async throws {
        try await PathLab.run { lab in
            try await lab.eventuallyBoth("VXLAN") { $0.state == .established(.vxlan(mtu: 1450)) }
            try await lab.lab["a"].run("ip", "link", "del", "trama.vxlan")
            try await eventually("the loss to be noticed") { lab.probers[0].problems[.vxlan] != nil }
            // Nothing else to move to: packets keep their way.
            try await lab.eventuallyBoth("silence") { $0.state == .down }
            #expect(lab.route(1, 2) == .vxlan(mtu: 1450))
            try await PathLab.makeVXLAN(on: lab.lab["a"], 1, of: 2)
            try await lab.eventuallyBoth("VXLAN again") { $0.state == .established(.vxlan(mtu: 1450)) }
            #expect(lab.probers[0].counters.rebinds >= 2)
        }
    }

    @Test func `a device that goes down and up is used again`() async throws {
        try await PathLab.run { lab in
            try await lab.eventuallyBoth("VXLAN") { $0.state == .established(.vxlan(mtu: 1450)) }
            try await lab.lab["b"].run("ip", "link", "set", "trama.vxlan", "down")
            try await lab.eventuallyBoth("silence") { $0.state == .down }
            let turns = lab.probers[1].counters.rebinds
            #expect(turns < 100)
            try await lab.lab["b"].run("ip", "link", "set", "trama.vxlan", "up")
            try await lab.eventuallyBoth("VXLAN again") { $0.state == .established(.vxlan(mtu: 1450)) }
        }
    }

    @Test func `while UDP 6784 is blocked packets go the encrypted way, and back afterwards`() async throws {
        try await PathLab.run(hasWireGuard: true, timing: hasty) { lab in
            try await lab.eventuallyBoth("both transports") { status in
                status.state == .established(.vxlan(mtu: 1450)) && status.transports.allSatisfy { $0.verdict == "up" }
            }
            try await lab.filter("udp dport 6784 drop")
            try await lab.eventuallyBoth("WireGuard") { $0.state == .fallback(.wireGuard) }
            #expect(lab.status(1, 2)?.reason == "vxlan: nothing gets through")
            #expect(lab.route(1, 2) == .wireGuard(mtu: 1440))
            try await lab.filter("")
            try await lab.eventuallyBoth("VXLAN again") { $0.state == .established(.vxlan(mtu: 1450)) }
        }
    }

    @Test func `30 % loss moves no packets`() async throws {
        try await PathLab.run(hasWireGuard: true, timing: hasty) { lab in
            try await lab.eventuallyBoth("VXLAN") { $0.state == .established(.vxlan(mtu: 1450)) }
            try await lab.filter("udp dport 6784 numgen random mod 100 < 30 drop")
            let sent = lab.probers[0].counters.sent
            try await eventually("loss to be seen for a while", within: .seconds(60)) {
                guard let loss = lab.status(1, 2)?.transports.first?.loss else { return false }
                return loss > 0.15 && lab.probers[0].counters.sent > sent + 150
            }
            #expect(lab.status(1, 2)?.route == .vxlan(mtu: 1450))
            #expect(lab.status(2, 1)?.route == .vxlan(mtu: 1450))
        }
    }

    @Test func `a middle hop of MTU 1300 that sends no ICMP is found out`() async throws {
        try await PathLab.run(timing: hasty) { lab in
            try await lab.eventuallyBoth("VXLAN") { $0.state == .established(.vxlan(mtu: 1450)) }
            try await lab.filter("", output: "meta l4proto { icmp, ipv6-icmp } drop")
            try await lab.lab.router.run("ip", "link", "set", "dev", "b", "mtu", "1300")
            try await lab.eventuallyBoth("a smaller MTU") { status in
                guard case .degraded(.vxlan, let mtu) = status.state else { return false }
                // A veth receives four bytes more than its MTU, for a VLAN tag.
                return (1242...1254).contains(mtu)
            }
            try await lab.lab.router.run("ip", "link", "set", "dev", "b", "mtu", "1500")
            lab.probers.forEach { $0.recheck() }
            try await lab.eventuallyBoth("the whole MTU again") { $0.state == .established(.vxlan(mtu: 1450)) }
        }
    }

    @Test func `a device with a smaller MTU than its underlay would allow sets the limit`() async throws {
        try await PathLab.run(timing: hasty) { lab in
            try await lab.lab["a"].run("ip", "link", "set", "dev", "trama.vxlan", "mtu", "1400")
            lab.probers[0].recheck()
            try await eventually("a smaller MTU", within: .seconds(60)) {
                guard case .vxlan(let mtu) = lab.route(1, 2) else { return false }
                return (1392...1400).contains(mtu)
            }
        }
    }

    @Test func `two hosts that only a third one reaches go through it`() async throws {
        try await PathLab.run(hosts: 3, timing: hasty) { lab in
            try await lab.filter("iifname a oifname c drop; iifname c oifname a drop")
            try await lab.eventuallyBoth("a relay", 1, 3) { $0.state == .relayed(PathLab.id(2)) }
            #expect(lab.route(1, 3) == .relay(PathLab.id(2), over: .vxlan, mtu: 1450))
            #expect(lab.route(1, 2) == .vxlan(mtu: 1450))
            try await lab.filter("")
            try await lab.eventuallyBoth("VXLAN", 1, 3) { $0.state == .established(.vxlan(mtu: 1450)) }
        }
    }

    @Test func `an answer with another cookie than the probe's counts not`() async throws {
        let lab = try await Lab(hosts: "a", "b")
        for number in 1...2 { try await PathLab.makeVXLAN(on: lab.hosts[number - 1], number, of: 2) }
        let prober = try Prober(
            configuration: PathConfiguration(own: PathLab.id(1), tunnelEndpoint: PathLab.endpoint(1)),
            devices: .init(),
            in: lab["a"].namespace.duplicate()
        )
        prober.update(peer: PathLab.record(2, hasWireGuard: false))
        let socket = try VXLANProbeSocket(device: "trama.vxlan", in: lab["b"].namespace)
        var buffer = [UInt8](repeating: 0, count: 65_536)

        /// Answers the probes that arrive until so many were answered, with `spoil` applied to each answer.
        func answer(_ count: Int, spoil: (inout ProbeFrame) -> Void) async throws {
            var answered = 0
            try await eventually("probes") {
                while let (size, source) = try socket.receive(into: &buffer) {
                    let probe = try ProbeFrame(decoding: buffer.span.extracting(first: size))
                    #expect(source == .vxlan(linkAddress: 0x02 << 40 | source.lowerBytes))
                    guard probe.kind == .probe else { continue }
                    var frame = ProbeFrame(kind: .answer, sender: PathLab.id(2), target: PathLab.id(1))
                    frame.cookie = probe.cookie
                    frame.sequence = probe.sequence
                    spoil(&frame)
                    try socket.send(frame, to: PathLab.id(1), byteCount: nil)
                    answered += 1
                }
                return answered >= count
            }
        }

        try await withThrowingTaskGroup { group in
            group.addTask { await prober.run() }
            defer { group.cancelAll() }
            try await answer(12) { $0.cookie &+= 1 }
            try await eventually("the answers to arrive") { prober.counters.received >= 12 }
            #expect(prober.status(of: PathLab.id(2))?.transports.first?.roundTrip == nil)
            try await answer(12) { $0.sender = PathLab.id(7) }
            #expect(prober.status(of: PathLab.id(2))?.transports.first?.roundTrip == nil)
            try await answer(8) { _ in }
            try await eventually("an answer to count") {
                prober.status(of: PathLab.id(2))?.transports.first?.roundTrip != nil
            }
        }
    }
}

extension ProbeSource {
    /// The last five bytes of a link-layer address.
    fileprivate var lowerBytes: UInt64 {
        guard case .vxlan(let address) = self else { return 0 }
        return address & 0xff_ffff_ffff
    }
}
