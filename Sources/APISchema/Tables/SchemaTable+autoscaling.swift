extension SchemaTable {
    /// The number of pods, as every kind that has one shows it: `k8s.io/api/autoscaling/v1`.
    static let autoscaling = """
        package io.k8s.api.autoscaling.v1 autoscaling/v1
        kind Scale | How many pods there are to be
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          spec 2 ScaleSpec | What is wanted
          status 3 ScaleStatus | What is found to be so
        type ScaleSpec
          replicas 1 int32 | How many pods there are to be
        type ScaleStatus
          replicas 1 int32 required | How many pods there are
          selector 2 string | Labels of the pods, as in a query
        """
}
