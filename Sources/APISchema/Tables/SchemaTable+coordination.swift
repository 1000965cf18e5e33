extension SchemaTable {
    /// Leases: `k8s.io/api/coordination/v1`.
    static let coordination = """
        package io.k8s.api.coordination.v1 coordination.k8s.io/v1
        resource Lease | Who holds what, and until when
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          spec 2 LeaseSpec | What is wanted
        type LeaseSpec
          holderIdentity 1 string? | Who holds it
          leaseDurationSeconds 2 int32? | How long it is held after each renewal
          acquireTime 3 microTime? | When the holder got it
          renewTime 4 microTime? | When the holder last renewed it
          leaseTransitions 5 int32? | How often the holder changed
          strategy 6 string? | How holders are chosen
          preferredHolder 7 string? | Who should get it
        """
}
