extension SchemaTable {
    /// Nodes: `k8s.io/api/core/v1`.
    static let nodes = """
        package io.k8s.api.core.v1 v1
        resource Node | A machine that runs pods
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          spec 2 NodeSpec | What is wanted
          status 3 NodeStatus | What is found to be so
        type NodeSpec | What is wanted of a node
          podCIDR 1 string | The range of its pods' addresses
          podCIDRs 7 [string] merge | The ranges of its pods' addresses, one for each family
          providerID 3 string | Its identifier at the cloud provider
          unschedulable 4 bool | Whether no new pods are placed there
          taints 5 [Taint] | What keeps pods away that do not tolerate it
          configSource 6 NodeConfigSource? | No longer used
          externalID 2 string | No longer used
        type Taint | What keeps pods off a node
          key 1 string required | The key
          value 2 string | A value that tolerations may ask for
          effect 3 string required | NoSchedule, PreferNoSchedule or NoExecute
          timeAdded 4 time? | When it was added
        type NodeConfigSource | No longer used
          configMap 2 ConfigMapNodeConfigSource?
        type ConfigMapNodeConfigSource | No longer used
          namespace 1 string required | The namespace
          name 2 string required | Its name
          uid 3 string | The unique identifier of that object
          resourceVersion 4 string | The version of that object
          kubeletConfigKey 5 string required
        type NodeStatus | How a node is
          capacity 1 {quantity} | All that the machine has
          allocatable 2 {quantity} | What of that pods can have
          phase 3 string | No longer used
          conditions 4 [NodeCondition] merge key=type | What is true of it at present
          addresses 5 [NodeAddress] merge key=type | Under which the node can be reached
          daemonEndpoints 6 NodeDaemonEndpoints | Where the node's daemons listen
          nodeInfo 7 NodeSystemInfo | Versions and identifiers
          images 8 [ContainerImage] | Images on the node
          volumesInUse 9 [string] | Attachable volumes that are mounted
          volumesAttached 10 [AttachedVolume] | Volumes that are attached
          config 11 NodeConfigStatus? | No longer used
          runtimeHandlers 12 [NodeRuntimeHandler] | Runtime handlers there are
          features 13 NodeFeatures? | What the container runtime can do
          declaredFeatures 14 [string] | Features that the node says it has
        type NodeCondition | One thing that is true of a node, or not
          type 1 string required | The condition's name
          status 2 string required | True, False or Unknown
          lastHeartbeatTime 3 time | When it was last confirmed
          lastTransitionTime 4 time | When the status last changed
          reason 5 string | Why, in one word
          message 6 string | Why, for people
        type NodeAddress | An address of a node
          type 1 string required | Hostname, InternalIP, ExternalIP, InternalDNS or ExternalDNS
          address 2 string required | The address
        type NodeDaemonEndpoints | Where a node's daemons listen
          kubeletEndpoint 1 DaemonEndpoint | Where the kubelet listens
        type DaemonEndpoint | A port of a daemon
          Port 1 int32 required | The port
        type NodeSystemInfo | Versions and identifiers of a node
          machineID 1 string required | /etc/machine-id
          systemUUID 2 string required | The machine's identifier in its firmware
          bootID 3 string required | Another one after each boot
          kernelVersion 4 string required | uname -r
          osImage 5 string required | The operating system's name and version
          containerRuntimeVersion 6 string required | The runtime and its version
          kubeletVersion 7 string required | The kubelet's version
          kubeProxyVersion 8 string required | No longer filled
          operatingSystem 9 string required | Such as linux
          architecture 10 string required | Such as amd64
          swap 11 NodeSwapStatus? | Swap space
        type NodeSwapStatus | Swap space of a node
          capacity 1 int64? | In bytes
        type ContainerImage | An image on a node
          names 1 [string] always | The image's names
          sizeBytes 2 int64 | Its size
        type AttachedVolume | A volume that is attached to a node
          name 1 string required | Its name
          devicePath 2 string required | The device
        type NodeConfigStatus | No longer used
          assigned 1 NodeConfigSource?
          active 2 NodeConfigSource?
          lastKnownGood 3 NodeConfigSource?
          error 4 string | What went wrong
        type NodeRuntimeHandler | A handler of the container runtime
          name 1 string always | Its name
          features 2 NodeRuntimeHandlerFeatures? | What it can do
        type NodeRuntimeHandlerFeatures | What a runtime handler can do
          recursiveReadOnlyMounts 1 bool? | Read-only mounts with all below them
          userNamespaces 2 bool? | User namespaces
        type NodeFeatures | What a node's container runtime can do
          supplementalGroupsPolicy 1 bool? | Policies for supplemental groups
        """
}
