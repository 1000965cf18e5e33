import Addressing
import Netlink
public import OverlayCore

extension OverlayReconciler {
    /// By which way packets for a state's peers go at present, by the kernel's routes: what an earlier daemon left.
    ///
    /// The routes that the state wants do not count. A peer that is not among them has no route of ours. A route onto the
    /// WireGuard device may lead to a relay: which peer it is, the device's allowed addresses say.
    public func ways(to state: OverlayState) async throws(OverlayError) -> [PeerID: PeerRoute] {
        do throws(NetlinkError) {
            let links = try await network.links()
            var routes: [Route] = []
            for family in [IPFamily.ipv4, .ipv6] {
                routes += try await network.routes(family: family, origin: .trama)
            }
            let names = Dictionary(links.map { ($0.index, $0.name) }, uniquingKeysWith: { first, _ in first })
            return OverlayPlanner(state).ways(in: routes, names: names)
        } catch {
            throw OverlayError(error)
        }
    }
}
