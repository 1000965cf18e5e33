extension SchemaTable {
    /// Pods and what they are made from: `k8s.io/api/core/v1`.
    static let pods = """
        package io.k8s.api.core.v1 v1
        resource Pod | Containers that run together on one node and share its addresses
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          spec 2 PodSpec | What is wanted
          status 3 PodStatus | What is found to be so
        type PodTemplateSpec | What pods are made from
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          spec 2 PodSpec | What is wanted
        type PodSpec | What a pod runs, and how
          volumes 1 [Volume] merge retainKeys key=name | Volumes that its containers can mount
          initContainers 20 [Container] merge key=name | Run one after the other before the others start
          containers 2 [Container] required merge key=name | Run at the same time; at least one
          ephemeralContainers 34 [EphemeralContainer] merge key=name | Added to a running pod, to look into it
          restartPolicy 3 string default="Always" | Always, OnFailure or Never
          terminationGracePeriodSeconds 4 int64? default=30 | How long containers may take to stop
          activeDeadlineSeconds 5 int64? | After how long the pod is stopped and counts as failed
          dnsPolicy 6 string default="ClusterFirst" | ClusterFirst, ClusterFirstWithHostNet, Default or None
          nodeSelector 7 {string} | Labels that the node must have
          serviceAccountName 8 string | The account under which it talks to the API
          serviceAccount 9 string | An older name for serviceAccountName
          automountServiceAccountToken 21 bool? | Whether pods get a token of the account
          nodeName 10 string | The node; set by the scheduler
          hostNetwork 11 bool | Whether it uses the node's network
          hostPID 12 bool | Whether it sees the node's processes
          hostIPC 13 bool | Whether it uses the node's IPC
          shareProcessNamespace 27 bool? | Whether its containers see each other's processes
          securityContext 14 PodSecurityContext? default={} | Users, groups and rights for all containers
          imagePullSecrets 15 [LocalObjectReference] merge key=name | Secrets with credentials for images
          hostname 16 string | Its host name; the pod's name where empty
          subdomain 17 string | Makes its full host name, with the name of a headless Service
          affinity 18 Affinity? | To which nodes and pods it should be near or far
          schedulerName 19 string default="default-scheduler" | Which scheduler places it
          tolerations 22 [Toleration] | Which taints of nodes it tolerates
          hostAliases 23 [HostAlias] merge key=ip | Lines for /etc/hosts
          priorityClassName 24 string | The PriorityClass that gives its priority
          priority 25 int32? | Higher ones are placed first
          dnsConfig 26 PodDNSConfig? | Additions to /etc/resolv.conf
          readinessGates 28 [PodReadinessGate] | Conditions that must be true besides ready containers
          runtimeClassName 29 string? | The RuntimeClass to run it with
          enableServiceLinks 30 bool? | Whether containers get environment variables for Services
          preemptionPolicy 31 string? | PreemptLowerPriority or Never
          overhead 32 {quantity} | Resources that the sandbox takes itself
          topologySpreadConstraints 33 [TopologySpreadConstraint] merge key=topologyKey | How pods are spread
          setHostnameAsFQDN 35 bool? | Whether the host name is the full one
          os 36 PodOS? | The operating system that it needs
          hostUsers 37 bool? | Whether it uses the node's user namespace
          schedulingGates 38 [PodSchedulingGate] merge key=name | It is not placed while there are any
          resourceClaims 39 [PodResourceClaim] merge retainKeys key=name | Devices that it needs
          resources 40 ResourceRequirements? | Resources for all containers together
          hostnameOverride 41 string? | Its host name, whatever other fields say
          schedulingGroup 43 PodSchedulingGroup? | Pods that are placed together
        type PodOS
          name 1 string required | Its name
        type PodSchedulingGate
          name 1 string required | Its name
        type PodResourceClaim
          name 1 string required | Its name
          resourceClaimName 3 string? | The ResourceClaim's name
          resourceClaimTemplateName 4 string?
        type PodSchedulingGroup
          podGroupName 1 string?
        type PodReadinessGate
          conditionType 1 string required
        type PodDNSConfig
          nameservers 1 [string]
          searches 2 [string]
          options 3 [PodDNSConfigOption]
        type PodDNSConfigOption
          name 1 string | Its name
          value 2 string?
        type HostAlias
          ip 1 string required | The address
          hostnames 2 [string]
        kind Binding | Puts a pod on a node
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          target 2 ObjectReference required | The node
        type ObjectReference | Which object is meant
          kind 1 string | The kind of that object
          namespace 2 string | The namespace
          name 3 string | Its name
          uid 4 string | The unique identifier of that object
          apiVersion 5 string | The group and version of that object
          resourceVersion 6 string | The version of that object
          fieldPath 7 string | The part of that object that is meant
        type LocalObjectReference | An object of the same namespace
          name 1 string | Its name
        type TypedLocalObjectReference
          apiGroup 1 string? always | The API group of that object
          kind 2 string required | The kind of that object
          name 3 string required | Its name
        type TypedObjectReference
          apiGroup 1 string? always | The API group of that object
          kind 2 string required | The kind of that object
          name 3 string required | Its name
          namespace 4 string? | The namespace
        """
}
