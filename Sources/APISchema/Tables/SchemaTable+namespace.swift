extension SchemaTable {
    /// Namespaces: `k8s.io/api/core/v1`.
    static let namespaces = """
        package io.k8s.api.core.v1 v1
        resource Namespace | A room for names: objects in different namespaces may have the same one
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          spec 2 NamespaceSpec | What is wanted
          status 3 NamespaceStatus | What is found to be so
        type NamespaceSpec | What is wanted of a namespace
          finalizers 1 [string] | What must be cleaned up before the namespace can go
        type NamespaceStatus | How a namespace is
          phase 1 string default="Active" | Active or Terminating
          conditions 2 [NamespaceCondition] merge key=type | What is true of it at present
        type NamespaceCondition | How the deletion of a namespace goes on
          type 1 string required | The condition's name
          status 2 string required | True, False or Unknown
          lastTransitionTime 4 time | When the status last changed
          reason 5 string | Why, in one word
          message 6 string | Why, for people
        """
}
