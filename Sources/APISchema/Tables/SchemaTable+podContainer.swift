extension SchemaTable {
    /// The containers of pods: `k8s.io/api/core/v1`.
    static let containers = """
        package io.k8s.api.core.v1 v1
        type Container | A program with its image, and how it runs
          name 1 string required | The container's name, unique in the pod
          image 2 string | The image, such as registry.example/web:1.2
          command 3 [string] | What is run; the image's entry point where empty
          args 4 [string] | Its arguments; the image's where empty
          workingDir 5 string | Where it starts
          ports 6 [ContainerPort] merge key=containerPort | Ports on which it listens
          envFrom 19 [EnvFromSource] | ConfigMaps and Secrets whose keys become environment variables
          env 7 [EnvVar] merge key=name | Environment variables
          resources 8 ResourceRequirements | How much CPU, memory and so on it needs and may take
          resizePolicy 23 [ContainerResizePolicy] | Whether it restarts when resources change
          restartPolicy 24 string? | Always makes an init container a sidecar
          restartPolicyRules 25 [ContainerRestartRule] | When it restarts, by its exit code
          volumeMounts 9 [VolumeMount] merge key=mountPath | Volumes that it mounts
          volumeDevices 21 [VolumeDevice] merge key=devicePath | Block devices that it uses
          livenessProbe 10 Probe? | It is restarted where this fails
          readinessProbe 11 Probe? | It gets no traffic while this fails
          startupProbe 22 Probe? | Other probes wait until this has succeeded
          lifecycle 12 Lifecycle? | What is done after it starts and before it stops
          terminationMessagePath 13 string default="/dev/termination-log" | The file with its last words
          terminationMessagePolicy 20 string default="File" | File, or FallbackToLogsOnError
          imagePullPolicy 14 string | Always, IfNotPresent or Never
          securityContext 15 SecurityContext? | Users, groups and rights
          stdin 16 bool | Whether it has a standard input
          stdinOnce 17 bool | Whether standard input closes after the first who attached
          tty 18 bool | Whether it has a terminal
        type EphemeralContainer | A container that is added to a running pod
          name 1.1 string required | The container's name, unique in the pod
          image 1.2 string | The image, such as registry.example/web:1.2
          command 1.3 [string] | What is run; the image's entry point where empty
          args 1.4 [string] | Its arguments; the image's where empty
          workingDir 1.5 string | Where it starts
          ports 1.6 [ContainerPort] merge key=containerPort | Ports on which it listens
          envFrom 1.19 [EnvFromSource] | ConfigMaps and Secrets whose keys become environment variables
          env 1.7 [EnvVar] merge key=name | Environment variables
          resources 1.8 ResourceRequirements | How much CPU, memory and so on it needs and may take
          resizePolicy 1.23 [ContainerResizePolicy] | Whether it restarts when resources change
          restartPolicy 1.24 string? | Always makes an init container a sidecar
          restartPolicyRules 1.25 [ContainerRestartRule] | When it restarts, by its exit code
          volumeMounts 1.9 [VolumeMount] merge key=mountPath | Volumes that it mounts
          volumeDevices 1.21 [VolumeDevice] merge key=devicePath | Block devices that it uses
          livenessProbe 1.10 Probe? | It is restarted where this fails
          readinessProbe 1.11 Probe? | It gets no traffic while this fails
          startupProbe 1.22 Probe? | Other probes wait until this has succeeded
          lifecycle 1.12 Lifecycle? | What is done after it starts and before it stops
          terminationMessagePath 1.13 string default="/dev/termination-log" | The file with its last words
          terminationMessagePolicy 1.20 string default="File" | File, or FallbackToLogsOnError
          imagePullPolicy 1.14 string | Always, IfNotPresent or Never
          securityContext 1.15 SecurityContext? | Users, groups and rights
          stdin 1.16 bool | Whether it has a standard input
          stdinOnce 1.17 bool | Whether standard input closes after the first who attached
          tty 1.18 bool | Whether it has a terminal
          targetContainerName 2 string | The container whose processes it sees
        type ContainerPort | A port on which a container listens
          name 1 string | The name that Services can refer to
          hostPort 2 int32 | A port of the node that leads to it
          containerPort 3 int32 required | The port
          protocol 4 string default="TCP" | TCP, UDP or SCTP
          hostIP 5 string | The node's address for hostPort
        type EnvFromSource
          prefix 1 string | What the variables' names begin with
          configMapRef 2 ConfigMapEnvSource? | The ConfigMap
          secretRef 3 SecretEnvSource? | The Secret with the credentials
        type ConfigMapEnvSource
          name 1.1 string | The ConfigMap's name
          optional 2 bool? | Whether it may be missing
        type SecretEnvSource
          name 1.1 string | The Secret's name
          optional 2 bool? | Whether it may be missing
        type EnvVar | An environment variable
          name 1 string required | The variable's name
          value 2 string | Its value; $(NAME) is replaced by that variable's
          valueFrom 3 EnvVarSource? | Where its value comes from
        type EnvVarSource
          fieldRef 1 ObjectFieldSelector? | A field of the pod
          resourceFieldRef 2 ResourceFieldSelector? | A resource of a container
          configMapKeyRef 3 ConfigMapKeySelector? | A key of a ConfigMap
          secretKeyRef 4 SecretKeySelector? | A key of a Secret
          fileKeyRef 5 FileKeySelector? | A key of a file in a volume
        type ConfigMapKeySelector
          name 1.1 string | The ConfigMap's name
          key 2 string required | The key
          optional 3 bool? | Whether it may be missing
        type SecretKeySelector
          name 1.1 string | The Secret's name
          key 2 string required | The key
          optional 3 bool? | Whether it may be missing
        type FileKeySelector
          volumeName 1 string required | The volume's name
          path 2 string required | The path
          key 3 string required | The key
          optional 4 bool? | Whether it may be missing
        type ObjectFieldSelector | A field of the pod
          apiVersion 1 string default="v1" | The group and version of that object
          fieldPath 2 string required | The part of that object that is meant
        type ResourceFieldSelector | A resource of a container
          containerName 1 string | The container's name
          resource 2 string required | The resource
          divisor 3 quantity | The unit
        type ResourceRequirements | How much a container needs and may take
          limits 1 {quantity} | At most this much of each resource
          requests 2 {quantity} | At least this much of each resource
          claims 3 [ResourceClaim] | Devices of the pod's claims
        type ResourceClaim
          name 1 string required | Its name
          request 2 string
        type ContainerResizePolicy
          resourceName 1 string required
          restartPolicy 2 string required
        type ContainerRestartRule
          action 1 string required omitempty | What was done, or failed
          exitCodes 2 ContainerRestartRuleOnExitCodes?
        type ContainerRestartRuleOnExitCodes
          operator 1 string required omitempty | How the values are compared
          values 2 [int32] | The values to compare with
        type VolumeMount | A volume in a container
          name 1 string required | The volume's name
          readOnly 2 bool | Whether it is mounted for reading only
          recursiveReadOnly 7 string? | Whether what is mounted below is read only too
          mountPath 3 string required | Where in the container it stands
          subPath 4 string | The part of the volume that is mounted
          mountPropagation 5 string? | Whether later mounts are seen on the other side
          subPathExpr 6 string | The same, with variables in $(NAME)
        type VolumeDevice
          name 1 string required | Its name
          devicePath 2 string required
        type Probe | How to find out whether a container works
          exec 1.1 ExecAction? | Runs a command in the container
          httpGet 1.2 HTTPGetAction? | Makes an HTTP request
          tcpSocket 1.3 TCPSocketAction? | Opens a TCP connection
          grpc 1.4 GRPCAction? | Calls the gRPC health service
          initialDelaySeconds 2 int32 | How long after the start the first one is made
          timeoutSeconds 3 int32 default=1 | How long one may take
          periodSeconds 4 int32 default=10 | How much time is between two
          successThreshold 5 int32 default=1 | How many must succeed after a failure
          failureThreshold 6 int32 default=3 | How many must fail in a row
          terminationGracePeriodSeconds 7 int64? | How long the container may take to stop after a failure
        type ExecAction | A command in the container
          command 1 [string] | The command and its arguments; there is no shell
        type HTTPGetAction | An HTTP request
          path 1 string default="/" | The path
          port 2 intOrString required | The port
          host 3 string | The host; the pod's address where empty
          scheme 4 string default="HTTP" | HTTP or HTTPS
          httpHeaders 5 [HTTPHeader] | Header fields of the request
        type HTTPHeader
          name 1 string required | Its name
          value 2 string required
        type TCPSocketAction
          port 1 intOrString required | The port
          host 2 string | The host; the pod's address where empty
        type GRPCAction
          port 1 int32 required | The port
          service 2 string? always default="" | The service to ask for
        type Lifecycle
          postStart 1 LifecycleHandler? | Done after the start
          preStop 2 LifecycleHandler? | Done before the stop
          stopSignal 3 string? | The signal that stops it
        type LifecycleHandler
          exec 1 ExecAction? | Runs a command in the container
          httpGet 2 HTTPGetAction? | Makes an HTTP request
          tcpSocket 3 TCPSocketAction? | Opens a TCP connection
          sleep 4 SleepAction?
        type SleepAction
          seconds 1 int64 required | How long
        """
}
