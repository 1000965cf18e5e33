public import Addressing
import CLinux

/// A rule of policy routing (`ip rule`): packets of local sockets that are bound to a link use a table of their own.
public struct PolicyRule: Sendable, Hashable {
    /// Whose routes.
    public var family: IPFamily
    /// Rules of lower numbers are asked first; the main table is asked at 32766.
    public var priority: UInt32
    /// The link that the sockets are bound to (`FRA_OIFNAME`).
    public var outgoingLink: String
    /// The table that is looked up.
    public var table: UInt32

    /// A rule of these parts.
    public init(family: IPFamily, priority: UInt32, outgoingLink: String, table: UInt32) {
        self.family = family
        self.priority = priority
        self.outgoingLink = outgoingLink
        self.table = table
    }
}

extension RouteConnection {
    /// Adds a rule.
    public func addRule(_ rule: PolicyRule) throws(NetlinkError) {
        try change("add rule \(rule.priority) for table \(rule.table)", RTM_NEWRULE, [.create, .exclusive]) { message in
            // struct fib_rule_hdr lies as struct rtmsg does, its action where that has the type.
            var header = rtmsg()
            header.rtm_family = rule.family.socketFamily
            header.rtm_type = 1  // FR_ACT_TO_TBL
            message.fixedHeader(header)
            message.attribute(6 /* FRA_PRIORITY */, rule.priority)
            message.attribute(15 /* FRA_TABLE */, rule.table)
            message.attribute(17 /* FRA_OIFNAME */, string: rule.outgoingLink)
        }
    }
}
