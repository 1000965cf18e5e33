import Addressing
import Netlink
import Testing

/// Messages captured from Linux 6.18.
@Suite struct KernelMessageTests {
    @Test func `an error has the kernel's text`() throws {
        let datagram: [UInt8] = [
            0x3c, 0, 0, 0,  // nlmsg_len
            2, 0,  // NLMSG_ERROR
            0, 3,  // NLM_F_CAPPED | NLM_F_ACK_TLVS
            5, 0, 0, 0,  // nlmsg_seq
            0xff, 0x7a, 0, 0,  // nlmsg_pid
            0xa1, 0xff, 0xff, 0xff,  // -EOPNOTSUPP
            0x2c, 0, 0, 0, 0x10, 0, 5, 6, 5, 0, 0, 0, 0, 0, 0, 0,  // the request's header
            0x18, 0, 1, 0,  // NLMSGERR_ATTR_MSG
            0x55, 0x6e, 0x6b, 0x6e, 0x6f, 0x77, 0x6e, 0x20,  // "Unknown "
            0x64, 0x65, 0x76, 0x69, 0x63, 0x65, 0x20,  // "device "
            0x74, 0x79, 0x70, 0x65, 0,  // "type"
        ]
        let verdicts = try decode(datagram, Acknowledgement.init(header:body:))
        #expect(verdicts == [Acknowledgement(sequence: 5, errno: 95, message: "Unknown device type")])
        #expect(
            verdicts[0].failure(of: "add link x")?.description
                == "add link x: Operation not supported (errno 95): Unknown device type"
        )
    }

    @Test func `an end of dump is a success`() throws {
        let datagram: [UInt8] = [
            0x14, 0, 0, 0,  // nlmsg_len
            3, 0,  // NLMSG_DONE
            2, 0,  // NLM_F_MULTI
            6, 0, 0, 0,  // nlmsg_seq
            0xff, 0x7a, 0, 0,  // nlmsg_pid
            0, 0, 0, 0,  // no error
        ]
        #expect(try decode(datagram, Acknowledgement.init(header:body:)) == [Acknowledgement(sequence: 6, errno: 0)])
    }

    @Test func `an address`() throws {
        let datagram: [UInt8] = [
            0x4c, 0, 0, 0, 0x14, 0, 2, 0, 6, 0, 0, 0, 0xff, 0x7a, 0, 0,  // RTM_NEWADDR, NLM_F_MULTI
            2, 0x18, 0x80, 0, 2, 0, 0, 0,  // ifaddrmsg: AF_INET, /24, IFA_F_PERMANENT, universe, ifindex 2
            8, 0, 1, 0, 10, 1, 0, 1,  // IFA_ADDRESS
            8, 0, 2, 0, 10, 1, 0, 1,  // IFA_LOCAL
            8, 0, 3, 0, 0x69, 0x66, 0x30, 0,  // IFA_LABEL "if0"
            8, 0, 8, 0, 0x80, 0, 0, 0,  // IFA_FLAGS
            0x14, 0, 6, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,  // IFA_CACHEINFO
            0x7d, 0x7d, 6, 0, 0x7d, 0x7d, 6, 0,
        ]
        let addresses = try decode(datagram) { _, body throws(MessageError) in try InterfaceAddress(body: body) }
        #expect(
            addresses == [
                InterfaceAddress(
                    interface: 2,
                    address: .v4(0x0a01_0001),
                    prefixLength: 24,
                    label: "if0",
                    flags: .permanent
                )
            ]
        )
    }

    @Test func `routes`() throws {
        let datagram: [UInt8] = [
            0x3c, 0, 0, 0, 0x18, 0, 0x22, 0, 6, 0, 0, 0, 0xff, 0x7a, 0, 0,  // RTM_NEWROUTE, NLM_F_DUMP_FILTERED
            2, 0x18, 0, 0, 0xfe, 2, 0xfd, 1, 0, 0, 0, 0,  // rtmsg: AF_INET, /24, main, kernel, link, unicast
            8, 0, 0x0f, 0, 0xfe, 0, 0, 0,  // RTA_TABLE
            8, 0, 1, 0, 10, 1, 0, 0,  // RTA_DST
            8, 0, 7, 0, 10, 1, 0, 1,  // RTA_PREFSRC
            8, 0, 4, 0, 2, 0, 0, 0,  // RTA_OIF
            0x3c, 0, 0, 0, 0x18, 0, 0x22, 0, 6, 0, 0, 0, 0xff, 0x7a, 0, 0,  // RTM_NEWROUTE
            2, 0x10, 0, 0, 0xfe, 3, 0, 1, 0, 0, 0, 0,  // rtmsg: AF_INET, /16, main, boot, universe, unicast
            8, 0, 0x0f, 0, 0xfe, 0, 0, 0,  // RTA_TABLE
            8, 0, 1, 0, 10, 2, 0, 0,  // RTA_DST
            8, 0, 5, 0, 10, 1, 0, 9,  // RTA_GATEWAY
            8, 0, 4, 0, 2, 0, 0, 0,  // RTA_OIF
        ]
        let near = try #require(IPPrefix("10.1.0.0/24"))
        let far = try #require(IPPrefix("10.2.0.0/16"))
        let hop = Route.NextHop(gateway: .v4(0x0a01_0009), interface: 2)
        let routes = try decode(datagram) { _, body throws(MessageError) in try Route(body: body) }
        #expect(
            routes == [
                Route(
                    to: near,
                    origin: .kernel,
                    scope: .link,
                    nextHops: [.init(interface: 2)],
                    preferredSource: .v4(0x0a01_0001)
                ),
                Route(to: far, origin: .boot, nextHops: [hop]),
            ]
        )
    }

    @Test func `a neighbour`() throws {
        let datagram: [UInt8] = [
            0x4c, 0, 0, 0, 0x1c, 0, 2, 0, 6, 0, 0, 0, 0xff, 0x7a, 0, 0,  // RTM_NEWNEIGH, NLM_F_MULTI
            2, 0, 0, 0, 2, 0, 0, 0, 0x80, 0, 0, 1,  // ndmsg: AF_INET, ifindex 2, NUD_PERMANENT, unicast
            8, 0, 1, 0, 10, 1, 0, 9,  // NDA_DST
            10, 0, 2, 0, 2, 0, 0, 0, 0, 9, 0, 0,  // NDA_LLADDR, padding
            8, 0, 4, 0, 0, 0, 0, 0,  // NDA_PROBES
            0x14, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  // NDA_CACHEINFO
        ]
        let neighbours = try decode(datagram) { _, body throws(MessageError) in try Neighbour(body: body) }
        let address = LinkLayerAddress(bytes: [2, 0, 0, 0, 0, 9])
        #expect(neighbours == [Neighbour(interface: 2, address: .v4(0x0a01_0009), linkLayerAddress: address)])
    }

    /// One UDP flow as `conntrack -L` receives it.
    static let flow: [UInt8] = [
        0xc0, 0, 0, 0, 0, 1, 0x22, 0, 7, 0, 0, 0, 0xff, 0x7a, 0, 0,  // IPCTNL_MSG_CT_NEW of NFNL_SUBSYS_CTNETLINK
        2, 0, 0, 0,  // nfgenmsg: AF_INET
        0x34, 0, 1, 0x80,  // CTA_TUPLE_ORIG
        0x14, 0, 1, 0x80, 8, 0, 1, 0, 10, 0, 0, 1, 8, 0, 2, 0, 10, 0, 0, 2,  // CTA_TUPLE_IP: source, destination
        0x1c, 0, 2, 0x80, 5, 0, 1, 0, 17, 0, 0, 0,  // CTA_TUPLE_PROTO: UDP
        6, 0, 2, 0, 0x0f, 0xa0, 0, 0, 6, 0, 3, 0, 0, 0x35, 0, 0,  // ports 4000, 53
        0x34, 0, 2, 0x80,  // CTA_TUPLE_REPLY
        0x14, 0, 1, 0x80, 8, 0, 1, 0, 10, 0, 0, 2, 8, 0, 2, 0, 10, 0, 0, 1,  // CTA_TUPLE_IP
        0x1c, 0, 2, 0x80, 5, 0, 1, 0, 17, 0, 0, 0,  // CTA_TUPLE_PROTO: UDP
        6, 0, 2, 0, 0, 0x35, 0, 0, 6, 0, 3, 0, 0x0f, 0xa0, 0, 0,  // ports 53, 4000
        8, 0, 3, 0, 0, 0, 0, 8,  // CTA_STATUS: IPS_CONFIRMED
        8, 0, 8, 0, 0, 0, 0, 0,  // CTA_MARK
        8, 0, 12, 0, 0x7c, 0xf5, 0x7c, 0x77,  // CTA_ID
        8, 0, 11, 0, 0, 0, 0, 1,  // CTA_USE
        8, 0, 7, 0, 0, 0, 0, 0x3b,  // CTA_TIMEOUT
        0x1c, 0, 0x18, 0x80, 8, 0, 1, 0, 0, 0, 0, 0, 8, 0, 2, 0, 0, 0, 0, 0, 8, 0, 3, 0, 0, 0, 0, 0,  // CTA_SYNPROXY
    ]

    @Test func `a flow`() throws {
        let flows = try decode(Self.flow) { _, body throws(MessageError) in try Flow(body: body) }
        let tuple = Flow.Tuple(
            source: .v4(0x0a00_0001),
            destination: .v4(0x0a00_0002),
            sourcePort: 4000,
            destinationPort: 53
        )
        #expect(
            flows == [
                Flow(
                    transport: .udp,
                    original: tuple,
                    reply: tuple.reversed,
                    status: .confirmed,
                    id: 0x7cf5_7c77,
                    timeout: 59
                )
            ]
        )
    }
}
