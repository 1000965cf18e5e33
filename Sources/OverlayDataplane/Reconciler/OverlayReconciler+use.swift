public import Netlink

extension OverlayReconciler {
    /// How long ago the kernel last sent a frame to each peer over the pod network's VXLAN device, by the peer's
    /// link-layer address; probes count too. Empty while there is no device.
    public func tunnelUse() async throws(OverlayError) -> [LinkLayerAddress: Duration] {
        guard let device = model.desired.state?.node.vxlanDevice, let index = model.index(of: device) else {
            return [:]
        }
        do throws(NetlinkError) {
            return try await network.forwardingUse(interface: index)
        } catch {
            throw OverlayError(error)
        }
    }
}
