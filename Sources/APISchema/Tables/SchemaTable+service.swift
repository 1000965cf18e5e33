extension SchemaTable {
    /// Services and Endpoints: `k8s.io/api/core/v1`.
    static let services = """
        package io.k8s.api.core.v1 v1
        resource Service | One address for a set of pods
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          spec 2 ServiceSpec | What is wanted
          status 3 ServiceStatus | What is found to be so
        type ServiceSpec | What a Service offers, and to whom
          ports 1 [ServicePort] merge key=port | The ports that clients dial
          selector 2 {string} | Labels of the pods behind it; where empty, somebody else writes the endpoints
          clusterIP 3 string | Its address in the cluster; None for a headless one
          clusterIPs 18 [string] | Its addresses in the cluster, one for each family
          type 4 string default="ClusterIP" | ClusterIP, NodePort, LoadBalancer or ExternalName
          externalIPs 5 [string] | Further addresses that nodes accept traffic for
          sessionAffinity 7 string default="None" | None, or ClientIP to send a client to the same pod again
          loadBalancerIP 8 string | An address to ask the provider for; deprecated
          loadBalancerSourceRanges 9 [string] | Who may use the load balancer
          externalName 10 string | The DNS name that it stands for, of type ExternalName
          externalTrafficPolicy 11 string | Cluster, or Local to keep traffic from outside on its node
          healthCheckNodePort 12 int32 | Where a load balancer asks nodes whether they have endpoints
          publishNotReadyAddresses 13 bool | Whether pods that are not ready are endpoints too
          sessionAffinityConfig 14 SessionAffinityConfig? | More about session affinity
          ipFamilies 19 [string] | IPv4 and IPv6, in the order of clusterIPs
          ipFamilyPolicy 17 string? | SingleStack, PreferDualStack or RequireDualStack
          allocateLoadBalancerNodePorts 20 bool? | Whether a load balancer gets node ports
          loadBalancerClass 21 string? | Which load balancer is to serve it
          internalTrafficPolicy 22 string? | Cluster, or Local to keep traffic of pods on their node
          trafficDistribution 23 string? | Which endpoints are preferred, such as PreferSameZone
        type ServicePort | A port of a Service
          name 1 string | The port's name; needed where there are several
          protocol 2 string default="TCP" | TCP, UDP or SCTP
          appProtocol 6 string? | What is spoken on the port, such as kubernetes.io/h2c
          port 3 int32 required | The port that clients dial
          targetPort 4 intOrString omitempty | The pods' port, or the name of one; the same port where empty
          nodePort 5 int32 | The port on every node, for NodePort and LoadBalancer
        type SessionAffinityConfig
          clientIP 1 ClientIPConfig? | For ClientIP
        type ClientIPConfig
          timeoutSeconds 1 int32? | For how long a client stays with its pod
        type ServiceStatus
          loadBalancer 1 LoadBalancerStatus | What the load balancer got
          conditions 2 [meta.Condition] merge key=type | What is true of it at present
        type LoadBalancerStatus
          ingress 1 [LoadBalancerIngress] | Addresses of the load balancer
        type LoadBalancerIngress | An address of a load balancer
          ip 1 string | The address
          hostname 2 string | Its host name
          ipMode 3 string? | VIP, or Proxy where nodes must not take its address
          ports 4 [PortStatus] | Its ports
        type PortStatus
          port 1 int32 required | The port
          protocol 2 string required | TCP, UDP or SCTP
          error 3 string? | What went wrong
        resource Endpoints | The addresses behind a Service; EndpointSlice has taken its place
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          subsets 2 [EndpointSubset] | Addresses with the same ports
        type EndpointSubset
          addresses 1 [EndpointAddress] | Addresses that are ready
          notReadyAddresses 2 [EndpointAddress] | Addresses that are not
          ports 3 [EndpointPort] | Its ports
        type EndpointAddress
          ip 1 string required | The address
          hostname 3 string | Its host name
          nodeName 4 string? | The node on which it is
          targetRef 2 ObjectReference? | The object behind the address
        type EndpointPort
          name 1 string | Its name
          port 2 int32 required | The port
          protocol 3 string default="TCP" | TCP, UDP or SCTP
          appProtocol 4 string? | What is spoken on the port, such as kubernetes.io/h2c
        """
}
