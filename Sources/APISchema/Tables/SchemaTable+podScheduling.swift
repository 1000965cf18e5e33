extension SchemaTable {
    /// Where pods are placed: `k8s.io/api/core/v1`.
    static let scheduling = """
        package io.k8s.api.core.v1 v1
        type Affinity | To which nodes and pods a pod should be near or far
          nodeAffinity 1 NodeAffinity? | Nodes by their labels
          podAffinity 2 PodAffinity? | Near which pods
          podAntiAffinity 3 PodAntiAffinity? | Far from which pods
        type NodeAffinity
          requiredDuringSchedulingIgnoredDuringExecution 1 NodeSelector? | What must be so
          preferredDuringSchedulingIgnoredDuringExecution 2 [PreferredSchedulingTerm] | What should be so
        type NodeSelector
          nodeSelectorTerms 1 [NodeSelectorTerm] required
        type NodeSelectorTerm
          matchExpressions 1 [NodeSelectorRequirement] | By labels
          matchFields 2 [NodeSelectorRequirement] | By fields
        type NodeSelectorRequirement
          key 1 string required | The key
          operator 2 string required | How the values are compared
          values 3 [string] | The values to compare with
        type PreferredSchedulingTerm
          weight 1 int32 required | What it counts, 1-100
          preference 2 NodeSelectorTerm required
        type PodAffinity
          requiredDuringSchedulingIgnoredDuringExecution 1 [PodAffinityTerm] | What must be so
          preferredDuringSchedulingIgnoredDuringExecution 2 [WeightedPodAffinityTerm] | What should be so
        type PodAntiAffinity
          requiredDuringSchedulingIgnoredDuringExecution 1 [PodAffinityTerm] | What must be so
          preferredDuringSchedulingIgnoredDuringExecution 2 [WeightedPodAffinityTerm] | What should be so
        type PodAffinityTerm
          labelSelector 1 meta.LabelSelector? | Which objects by their labels
          namespaces 2 [string] | In which namespaces the pods are
          topologyKey 3 string required | The label whose value is the same where pods are near
          namespaceSelector 4 meta.LabelSelector? | Which namespaces by their labels
          matchLabelKeys 5 [string] | Labels whose values are taken from the new pod
          mismatchLabelKeys 6 [string] | Labels whose values must differ from the new pod's
        type WeightedPodAffinityTerm
          weight 1 int32 required | What it counts, 1-100
          podAffinityTerm 2 PodAffinityTerm required
        type Toleration | Which taints a pod tolerates
          key 1 string | The key
          operator 2 string | Exists, Equal, Lt or Gt
          value 3 string | The taint's value
          effect 4 string | The taint's effect; all where empty
          tolerationSeconds 5 int64? | How long, for NoExecute
        type TopologySpreadConstraint | How pods are spread
          maxSkew 1 int32 required | By how many pods places may differ
          topologyKey 2 string required | The label whose values are the places
          whenUnsatisfiable 3 string required | DoNotSchedule or ScheduleAnyway
          labelSelector 4 meta.LabelSelector? | Which objects by their labels
          minDomains 5 int32? | How many places there must be
          nodeAffinityPolicy 6 string? | Whether the pod's node selection counts
          nodeTaintsPolicy 7 string? | Whether taints count
          matchLabelKeys 8 [string] | Labels whose values are taken from the new pod
        """
}
