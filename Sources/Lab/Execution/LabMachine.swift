import Addressing
import Glibc
import LabNetwork
import Netlink

/// What is asked of the machine that a lab runs on.
public enum LabMachine {
    /// Which start of the machine this is.
    static var bootID: String {
        HostFiles.text(of: "/proc/sys/kernel/random/boot_id", limit: 64)?.filter { !$0.isWhitespace } ?? ""
    }

    /// 16 random hexadecimal digits.
    static func randomID() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Seconds since 1970.
    static var now: Int { time(nil) }

    /// The path of the running program.
    public static var program: String { HostFiles.target(of: "/proc/self/exe") ?? "trama" }

    /// What the machine has routes and addresses for, and what other labs have.
    static func takenPrefixes(besides name: String) async throws -> [IPPrefix] {
        let network = try RouteConnection()
        var taken: [IPPrefix] = []
        for family in IPFamily.allCases {
            taken += try await network.routes(family: family).map(\.destination)
            taken += try await network.addresses(family: family).compactMap {
                IPPrefix($0.address, length: $0.prefixLength)
            }
        }
        // Everything, and what everybody has.
        taken.removeAll { $0.length == 0 || $0.address.isLinkLocal || $0.address.isMulticast }
        for other in LabFolder.names() where other != name {
            taken += (try? LabFolder.state(of: other))?.options.subnets ?? []
        }
        return taken
    }
}
