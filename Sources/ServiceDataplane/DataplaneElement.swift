public import Addressing
public import ServiceRouting

/// One element of one of the layout's sets and maps, in our terms.
///
/// IPv4 and IPv6 elements have the same shape with addresses of 4 or 16 bytes. Keys are concatenations, each part padded to
/// a multiple of four bytes as nftables registers are.
public enum DataplaneElement: Hashable, Sendable {
    /// `frontends`: the class chain that a frontend's new connections go to.
    case frontend(Frontend, ClassChain, label: String)
    /// `endpoints` or `local-endpoints`: the endpoint in one slot.
    case endpoint(SlotList, Frontend, slot: Int, Backend)
    /// `no-endpoints`: what happens to connections that no list serves.
    case unserved(Frontend, Route.Refusal, label: String)
    /// `cluster-ips`: a ClusterIP in use.
    case clusterIP(IPAddress)
    /// `hairpin`: an endpoint address on this node, which may be dialled from itself.
    case hairpin(IPAddress)
    /// `filtered-frontends`: a frontend with loadBalancerSourceRanges.
    case filtered(Frontend)
    /// `allowed-sources`: one of the ranges of such a frontend.
    case allowedSource(Frontend, IPPrefix)
    /// `record`: the chain that records new connections to an affine frontend.
    case record(Frontend, RecordChain)

    /// Name of the set or map it belongs to.
    public var setName: String {
        switch self {
        case .frontend: "frontends"
        case .endpoint(let list, _, _, _): list.mapName
        case .unserved: "no-endpoints"
        case .clusterIP: "cluster-ips"
        case .hairpin: "hairpin"
        case .filtered: "filtered-frontends"
        case .allowedSource: "allowed-sources"
        case .record: "record"
        }
    }

    /// The frontend it belongs to, where it belongs to one.
    public var frontend: Frontend? {
        switch self {
        case .frontend(let frontend, _, _), .endpoint(_, let frontend, _, _), .unserved(let frontend, _, _),
            .filtered(let frontend), .allowedSource(let frontend, _), .record(let frontend, _):
            frontend
        case .clusterIP, .hairpin:
            nil
        }
    }
}
