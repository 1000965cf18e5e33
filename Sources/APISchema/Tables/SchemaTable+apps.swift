extension SchemaTable {
    /// Deployments, ReplicaSets and DaemonSets: `k8s.io/api/apps/v1`.
    static let apps = """
        package io.k8s.api.apps.v1 apps/v1
        resource Deployment | Pods from one template, replaced step by step when it changes
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          spec 2 DeploymentSpec | What is wanted
          status 3 DeploymentStatus | What is found to be so
        type DeploymentSpec
          replicas 1 int32? default=1 | How many pods there are to be
          selector 2 meta.LabelSelector? required | Labels of the pods that belong to it
          template 3 core.PodTemplateSpec required | What the pods are made from
          strategy 4 DeploymentStrategy retainKeys | How old pods are replaced
          minReadySeconds 5 int32 | How long a pod must be ready before it counts as available
          revisionHistoryLimit 6 int32? default=10 | How many old revisions are kept to go back to
          paused 7 bool | Whether changes wait
          progressDeadlineSeconds 9 int32? default=600 | How long without progress until it counts as failed
        type DeploymentStrategy
          type 1 string default="RollingUpdate" | RollingUpdate or Recreate
          rollingUpdate 2 RollingUpdateDeployment? | Settings of RollingUpdate
        type RollingUpdateDeployment
          maxUnavailable 1 intOrString? default="25%" | How many pods may be missing meanwhile, or which part of them
          maxSurge 2 intOrString? default="25%" | How many pods more there may be meanwhile, or which part of them
        type DeploymentStatus
          observedGeneration 1 int64 | The generation of the object that this was found for
          replicas 2 int32 | How many pods there are
          updatedReplicas 3 int32 | Pods made from the present template
          readyReplicas 7 int32 | Pods that are ready
          availableReplicas 4 int32 | Pods that have been ready for long enough
          unavailableReplicas 5 int32 | Pods that are still missing
          terminatingReplicas 9 int32? | Pods that are being stopped
          conditions 6 [DeploymentCondition] merge key=type | What is true of it at present
          collisionCount 8 int32? | How often the name of a new revision was taken
        type DeploymentCondition
          type 1 string required | The condition's name
          status 2 string required | True, False or Unknown
          lastUpdateTime 6 time | When it was last written
          lastTransitionTime 7 time | When the status last changed
          reason 4 string | Why, in one word
          message 5 string | Why, for people
        resource ReplicaSet | Keeps a number of pods running
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          spec 2 ReplicaSetSpec | What is wanted
          status 3 ReplicaSetStatus | What is found to be so
        type ReplicaSetSpec
          replicas 1 int32? default=1 | How many pods there are to be
          minReadySeconds 4 int32 | How long a pod must be ready before it counts as available
          selector 2 meta.LabelSelector? required | Labels of the pods that belong to it
          template 3 core.PodTemplateSpec | What the pods are made from
        type ReplicaSetStatus
          replicas 1 int32 required | How many pods there are
          fullyLabeledReplicas 2 int32 | Pods that have all labels of the template
          readyReplicas 4 int32 | Pods that are ready
          availableReplicas 5 int32 | Pods that have been ready for long enough
          terminatingReplicas 7 int32? | Pods that are being stopped
          observedGeneration 3 int64 | The generation of the object that this was found for
          conditions 6 [ReplicaSetCondition] merge key=type | What is true of it at present
        type ReplicaSetCondition
          type 1 string required | The condition's name
          status 2 string required | True, False or Unknown
          lastTransitionTime 3 time | When the status last changed
          reason 4 string | Why, in one word
          message 5 string | Why, for people
        resource DaemonSet | One pod on each node
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          spec 2 DaemonSetSpec | What is wanted
          status 3 DaemonSetStatus | What is found to be so
        type DaemonSetSpec
          selector 1 meta.LabelSelector? required | Labels of the pods that belong to it
          template 2 core.PodTemplateSpec required | What the pods are made from
          updateStrategy 3 DaemonSetUpdateStrategy | How old pods are replaced
          minReadySeconds 4 int32 | How long a pod must be ready before it counts as available
          revisionHistoryLimit 6 int32? default=10 | How many old revisions are kept to go back to
        type DaemonSetUpdateStrategy
          type 1 string default="RollingUpdate" | Its type
          rollingUpdate 2 RollingUpdateDaemonSet? | Settings of RollingUpdate
        type RollingUpdateDaemonSet
          maxUnavailable 1 intOrString? default=1 | How many pods may be missing meanwhile, or which part of them
          maxSurge 2 intOrString? default=0 | How many pods more there may be meanwhile, or which part of them
        type DaemonSetStatus
          currentNumberScheduled 1 int32 required | Nodes that have the pod and should
          numberMisscheduled 2 int32 required | Nodes that have the pod and should not
          desiredNumberScheduled 3 int32 required | Nodes that should have the pod
          numberReady 4 int32 required | Nodes where it is ready
          observedGeneration 5 int64 | The generation of the object that this was found for
          updatedNumberScheduled 6 int32 | Nodes with the pod of the present template
          numberAvailable 7 int32 | Nodes where it has been ready for long enough
          numberUnavailable 8 int32 | Nodes where it is still missing
          collisionCount 9 int32? | How often the name of a new revision was taken
          conditions 10 [DaemonSetCondition] merge key=type | What is true of it at present
        type DaemonSetCondition
          type 1 string required | The condition's name
          status 2 string required | True, False or Unknown
          lastTransitionTime 3 time | When the status last changed
          reason 4 string | Why, in one word
          message 5 string | Why, for people
        resource ControllerRevision | A state of a controller's template to go back to
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          data 2 rawExtension | The state
          revision 3 int64 required | Its number
        """
}
