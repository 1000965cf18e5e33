public import KubernetesAPI

/// Which part of a container's output is asked for.
public typealias LogOptions = PodLogOptions
