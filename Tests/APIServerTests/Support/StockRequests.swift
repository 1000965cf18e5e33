/// What kubectl 1.32 and 1.36 and kube-proxy 1.36.2 ask: each different GET, as captured.
enum StockRequests {
    /// The value of `Accept`.
    enum Accept: String {
        case json, jsonOrAny, table, discovery, protobuf, protobufOrAny

        var header: String {
            switch self {
            case .json: "application/json"
            case .jsonOrAny: "application/json, */*"
            case .table:
                "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,"
                    + "application/json"
            case .discovery:
                "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
                    + "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"
            case .protobuf: "application/vnd.kubernetes.protobuf,application/json"
            case .protobufOrAny: "application/vnd.kubernetes.protobuf, */*"
            }
        }
    }

    /// Accept and path of each.
    static var all: [(accept: Accept, path: String)] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 2, let accept = Accept(rawValue: String(words[0])) else { return nil }
            return (accept, String(words[1]))
        }
    }

    /// Those of kube-proxy.
    static var proxy: [String] { all.filter { $0.accept == .protobufOrAny }.map(\.path) }

    private static let text = """
        json /api/v1/nodes/n0
        json /api/v1/namespaces/default/services/web
        json /api/v1/namespaces/default/services/headless
        json /apis/discovery.k8s.io/v1/namespaces/default/endpointslices/web-abc
        json /api/v1/namespaces/default/pods/p1
        json /api/v1/namespaces/default/configmaps/cm
        json /apis/apps/v1/namespaces/default/deployments/d
        json /apis/networking.k8s.io/v1/namespaces/default/networkpolicies/np
        discovery /api?timeout=32s
        discovery /apis?timeout=32s
        jsonOrAny /api/v1
        protobuf /api/v1/namespaces/default/services/web
        protobuf /apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io%2Fservice-na\
        me%3Dweb
        protobuf /api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3Dweb%2CinvolvedObject.namespace\
        %3Ddefault%2CinvolvedObject.kind%3DService%2CinvolvedObject.uid%3D725dd586-f1e0-4bb4-a4e7-ba24a9f14343&limit=\
        500
        jsonOrAny /api/v1/nodes/n0
        protobuf /api/v1/namespaces/default/events?limit=500
        table /api/v1/pods?limit=500
        table /api/v1/namespaces/default/services?limit=500
        table /api/v1/namespaces/default/pods?limit=500
        table /apis/apps/v1/namespaces/default/daemonsets?limit=500
        table /apis/apps/v1/namespaces/default/deployments?limit=500
        table /apis/apps/v1/namespaces/default/replicasets?limit=500
        table /api/v1/namespaces/default/configmaps?limit=500
        table /api/v1/namespaces/default/configmaps?resourceVersion=0&watch=true
        protobufOrAny /api/v1/nodes?allowWatchBookmarks=true&fieldSelector=metadata.name%3Dn0&resourceVersionMatch=No\
        tOlderThan&sendInitialEvents=true&timeoutSeconds=300&watch=true
        protobufOrAny /api/v1/services?allowWatchBookmarks=true&fieldSelector=spec.clusterIP%21%3DNone&labelSelector=\
        %21service.kubernetes.io%2Fservice-proxy-name&resourceVersionMatch=NotOlderThan&sendInitialEvents=true&timeou\
        tSeconds=300&watch=true
        protobufOrAny /apis/discovery.k8s.io/v1/endpointslices?allowWatchBookmarks=true&labelSelector=%21service.kube\
        rnetes.io%2Fheadless&resourceVersionMatch=NotOlderThan&sendInitialEvents=true&timeoutSeconds=300&watch=true
        protobufOrAny /apis/networking.k8s.io/v1/servicecidrs?allowWatchBookmarks=true&resourceVersionMatch=NotOlderT\
        han&sendInitialEvents=true&timeoutSeconds=300&watch=true
        jsonOrAny /apis/apps/v1/namespaces/default/deployments/d
        json /apis/apps/v1/namespaces/default/deployments?allowWatchBookmarks=true&fieldSelector=metadata.name%3Dd&re\
        sourceVersionMatch=NotOlderThan&sendInitialEvents=true&timeoutSeconds=514&watch=true
        json /api/v1/namespaces/default/pods?allowWatchBookmarks=true&fieldSelector=metadata.name%3Dp1&resourceVersio\
        nMatch=NotOlderThan&sendInitialEvents=true&timeoutSeconds=434&watch=true
        """
}
