extension SchemaTable {
    /// EndpointSlices: `k8s.io/api/discovery/v1`.
    static let endpointSlices = """
        package io.k8s.api.discovery.v1 discovery.k8s.io/v1
        resource EndpointSlice | A part of the addresses behind a Service
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          addressType 4 string required | IPv4, IPv6 or FQDN
          endpoints 2 [Endpoint] always | The endpoints
          ports 3 [EndpointPort] always | Its ports
        type Endpoint | One or more addresses of one backend
          addresses 1 [string] required | Its addresses; only the first is used
          conditions 2 EndpointConditions | Whether it takes traffic
          hostname 3 string? | Its host name
          targetRef 4 core.ObjectReference? | The object behind the address
          deprecatedTopology 5 {string} | No longer used
          nodeName 6 string? | The node on which it is
          zone 7 string? | The zone in which it is
          hints 8 EndpointHints? | Who should use it
        type EndpointConditions
          ready 1 bool? | Whether it takes new connections
          serving 2 bool? | The same, also while it is being stopped
          terminating 3 bool? | Whether it is being stopped
        type EndpointHints
          forZones 1 [ForZone] | Zones that should use it
          forNodes 2 [ForNode] | Nodes that should use it
        type ForZone
          name 1 string required | Its name
        type ForNode
          name 1 string required | Its name
        type EndpointPort
          name 1 string? default="" | Its name
          protocol 2 string? default="TCP" | TCP, UDP or SCTP
          port 3 int32? | The port
          appProtocol 4 string? | What is spoken on the port, such as kubernetes.io/h2c
        """
}
