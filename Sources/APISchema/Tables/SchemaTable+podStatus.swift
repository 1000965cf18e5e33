extension SchemaTable {
    /// How pods and their containers are: `k8s.io/api/core/v1`.
    static let podStatus = """
        package io.k8s.api.core.v1 v1
        type PodStatus | How a pod is
          observedGeneration 17 int64 | The generation of the object that this was found for
          phase 1 string | Pending, Running, Succeeded, Failed or Unknown
          conditions 2 [PodCondition] merge key=type | What is true of it at present
          message 3 string | Why, for people
          reason 4 string | Why, in one word
          nominatedNodeName 11 string | Where it may go once others have made room
          hostIP 5 string | The node's address
          hostIPs 16 [HostIP] merge key=ip | The node's addresses
          podIP 6 string | Its address
          podIPs 12 [PodIP] merge key=ip | Its addresses, one for each family
          startTime 7 time? | When the node took it
          initContainerStatuses 10 [ContainerStatus] | How its init containers are
          containerStatuses 8 [ContainerStatus] | How its containers are
          qosClass 9 string | Guaranteed, Burstable or BestEffort
          ephemeralContainerStatuses 13 [ContainerStatus] | How its ephemeral containers are
          resize 14 string
          resourceClaimStatuses 15 [PodResourceClaimStatus] merge retainKeys key=name
          extendedResourceClaimStatus 18 PodExtendedResourceClaimStatus?
          allocatedResources 19 {quantity} | What the node has set aside
          resources 20 ResourceRequirements? | The resources
          nodeAllocatableResourceClaimStatuses 21 [NodeAllocatableResourceClaimStatus]
        type PodCondition
          type 1 string required | The condition's name
          observedGeneration 7 int64 | The generation of the object that this was found for
          status 2 string required | True, False or Unknown
          lastProbeTime 3 time | When it was last looked at
          lastTransitionTime 4 time | When the status last changed
          reason 5 string | Why, in one word
          message 6 string | Why, for people
        type HostIP
          ip 1 string required | The address
        type PodIP
          ip 1 string required | The address
        type ContainerStatus | How a container is
          name 1 string required | Its name
          state 2 ContainerState | What it does now
          lastState 3 ContainerState | What it did before its last restart
          ready 4 bool required | Whether it is ready for traffic
          restartCount 5 int32 required | How often it was restarted
          image 6 string required | The image
          imageID 7 string required | The image's digest
          containerID 8 string | Its identifier in the runtime
          started 9 bool? | Whether it has started
          allocatedResources 10 {quantity} | What the node has set aside
          resources 11 ResourceRequirements? | The resources
          volumeMounts 12 [VolumeMountStatus] merge key=mountPath
          user 13 ContainerUser? | The user
          allocatedResourcesStatus 14 [ResourceStatus] merge key=name
          stopSignal 15 string?
        type ContainerState
          waiting 1 ContainerStateWaiting? | It does not run yet
          running 2 ContainerStateRunning? | It runs
          terminated 3 ContainerStateTerminated? | It has ended
        type ContainerStateWaiting
          reason 1 string | Why, in one word
          message 2 string | Why, for people
        type ContainerStateRunning
          startedAt 1 time | When it started
        type ContainerStateTerminated
          exitCode 1 int32 required | Its exit code
          signal 2 int32 | The signal that ended it
          reason 3 string | Why, in one word
          message 4 string | Why, for people
          startedAt 5 time | When it started
          finishedAt 6 time | When it ended
          containerID 7 string
        type VolumeMountStatus
          name 1 string required | Its name
          mountPath 2 string required | Where in the container it stands
          readOnly 3 bool | Whether it is mounted for reading only
          recursiveReadOnly 4 string? | Whether what is mounted below is read only too
          volumeStatus 5 VolumeStatus?
        type VolumeStatus
          image 1 ImageVolumeStatus? | The image
        type ImageVolumeStatus
          imageRef 1 string required
        type ContainerUser
          linux 1 LinuxContainerUser?
        type LinuxContainerUser
          uid 1 int64 required | The unique identifier of that object
          gid 2 int64 required
          supplementalGroups 3 [int64]
        type ResourceStatus
          name 1 string required | Its name
          resources 2 [ResourceHealth] | The resources
        type ResourceHealth
          resourceID 1 string required
          health 2 string
          message 6 string? | Why, for people
        type PodResourceClaimStatus
          name 1 string required | Its name
          resourceClaimName 2 string? | The ResourceClaim's name
        type PodExtendedResourceClaimStatus
          requestMappings 1 [ContainerExtendedResourceRequest] required
          resourceClaimName 2 string required | The ResourceClaim's name
        type ContainerExtendedResourceRequest
          containerName 1 string required | The container's name
          resourceName 2 string required
          requestName 3 string required
        type NodeAllocatableResourceClaimStatus
          resourceClaimName 1 string required | The ResourceClaim's name
          containers 2 [string]
          resources 3 {quantity} required | The resources
        """
}
