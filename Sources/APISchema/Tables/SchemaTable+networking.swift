extension SchemaTable {
    /// Ranges and addresses of Services, and network policies: `k8s.io/api/networking/v1`.
    static let networking = """
        package io.k8s.api.networking.v1 networking.k8s.io/v1
        resource ServiceCIDR | A range from which Services get addresses
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          spec 2 ServiceCIDRSpec | What is wanted
          status 3 ServiceCIDRStatus | What is found to be so
        type ServiceCIDRSpec
          cidrs 1 [string] | One range, or one for each family
        type ServiceCIDRStatus
          conditions 1 [meta.Condition] merge key=type | What is true of it at present
        resource IPAddress | An address that is in use; the name is the address
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          spec 2 IPAddressSpec required | What is wanted
        type IPAddressSpec
          parentRef 1 ParentReference? required omitempty | Who uses it
        type ParentReference
          group 1 string | The API group
          resource 2 string required omitempty | The resource
          namespace 3 string | The namespace
          name 4 string required omitempty | Its name
        resource NetworkPolicy | Which traffic pods may have
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          spec 2 NetworkPolicySpec | What is wanted
        type NetworkPolicySpec
          podSelector 1 meta.LabelSelector | Which pods by their labels
          ingress 2 [NetworkPolicyIngressRule] | Who may reach them
          egress 3 [NetworkPolicyEgressRule] | Whom they may reach
          policyTypes 4 [string] | Ingress, Egress or both
        type NetworkPolicyIngressRule
          ports 1 [NetworkPolicyPort] | Its ports
          from 2 [NetworkPolicyPeer] | From where; anywhere where empty
        type NetworkPolicyEgressRule
          ports 1 [NetworkPolicyPort] | Its ports
          to 2 [NetworkPolicyPeer] | To where; anywhere where empty
        type NetworkPolicyPort
          protocol 1 string? default="TCP" | TCP, UDP or SCTP
          port 2 intOrString? | The port
          endPort 3 int32? | The last port of a range
        type NetworkPolicyPeer
          podSelector 1 meta.LabelSelector? | Which pods by their labels
          namespaceSelector 2 meta.LabelSelector? | Which namespaces by their labels
          ipBlock 3 IPBlock? | A range of addresses
        type IPBlock
          cidr 1 string required | The range
          except 2 [string] | Parts of it that are left out
        """
}
