extension SchemaTable {
    /// Evictions: `k8s.io/api/policy/v1`.
    static let policy = """
        package io.k8s.api.policy.v1 policy/v1
        kind Eviction | Asks a pod to go
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          deleteOptions 2 meta.DeleteOptions? | How it is deleted
        """
}
