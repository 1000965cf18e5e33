public import APIAccess

/// Lets the API server do everything, and nobody else anything.
///
/// The API server has checked who its client is and what he may. It comes as `kube-apiserver-kubelet-client`, with the
/// certificate that `trama control-plane` makes; kubeadm's is in the group `system:masters`, or in its own.
public struct KubeletAuthorizer: Authorizer {
    /// The user that the API server comes as.
    public static let apiServer = "kube-apiserver-kubelet-client"
    /// Groups whose members may do everything.
    public static let groups: Set<String> = ["system:masters", "kubeadm:cluster-admins"]

    /// The only one.
    public init() {}

    /// Decides by the user's name and groups.
    public func decide(_ attributes: RequestAttributes) -> AccessDecision {
        let identity = attributes.identity
        if identity.user == Self.apiServer { return .allowed(reason: "the API server") }
        if identity.groups.contains(where: { Self.groups.contains($0) }) { return .allowed(reason: "an administrator") }
        return .denied(reason: "a kubelet serves the API server and administrators only")
    }
}
