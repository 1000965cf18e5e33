extension SchemaTable {
    /// Roles and bindings: `k8s.io/api/rbac/v1`.
    static let rbac = """
        package io.k8s.api.rbac.v1 rbac.authorization.k8s.io/v1
        resource Role | What may be done in a namespace
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          rules 2 [PolicyRule] always | What may be done
        resource ClusterRole | What may be done in the cluster
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          rules 2 [PolicyRule] always | What may be done
          aggregationRule 3 AggregationRule? | Which other roles are part of it
        type AggregationRule
          clusterRoleSelectors 1 [meta.LabelSelector] | The roles by their labels
        type PolicyRule | What may be done to what
          verbs 1 [string] required | What may be done, such as get, list, watch; * for all
          apiGroups 2 [string] | API groups of the resources; empty is the core group, * is all
          resources 3 [string] | Resources, such as pods or deployments/scale; * for all
          resourceNames 4 [string] | Only objects of these names; all where empty
          nonResourceURLs 5 [string] | Paths that are no resources, such as /metrics
        resource RoleBinding | Gives a role in a namespace
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          subjects 2 [Subject] | Who gets it
          roleRef 3 RoleRef required | The role
        resource ClusterRoleBinding | Gives a role in the cluster
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          subjects 2 [Subject] | Who gets it
          roleRef 3 RoleRef required | The role
        type Subject | A user, a group or a service account
          kind 1 string required | User, Group or ServiceAccount
          apiGroup 2 string | The API group of that object
          name 3 string required | Its name
          namespace 4 string | The namespace
        type RoleRef | A role
          apiGroup 1 string always default="rbac.authorization.k8s.io" | The API group of that object
          kind 2 string required | Role or ClusterRole
          name 3 string required | Its name
        """
}
