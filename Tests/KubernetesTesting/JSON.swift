import KubernetesAPI

/// Answers of an API server, as small as they can be.
package enum JSON {
    package static func service(_ name: String, at version: Int) -> String {
        """
        {"kind":"Service","apiVersion":"v1","metadata":{"name":"\(name)","namespace":"default",\
        "resourceVersion":"\(version)"},"spec":{"clusterIP":"10.96.0.\(version % 250)","ports":[{"port":80}]}}
        """
    }

    package static func event(_ type: String, _ name: String, at version: Int) -> String {
        #"{"type":"\#(type)","object":\#(service(name, at: version))}"#
    }

    package static func bookmark(at version: Int, endsInitialEvents: Bool = false) -> String {
        let annotations = endsInitialEvents ? #","annotations":{"k8s.io/initial-events-end":"true"}"# : ""
        return #"{"type":"BOOKMARK","object":{"kind":"Service","apiVersion":"v1","metadata":"#
            + #"{"resourceVersion":"\#(version)"\#(annotations)},"spec":{}}}"#
    }

    package static func status(_ code: Int, _ reason: String, _ message: String, cause: String? = nil) -> String {
        let details = cause.map { #""details":{"causes":[{"reason":"\#($0)","message":"x"}]},"# } ?? ""
        return #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","#
            + #"\#(details)"message":"\#(message)","reason":"\#(reason)","code":\#(code)}"#
    }

    package static func error(_ code: Int, _ reason: String, _ message: String = "", cause: String? = nil) -> String {
        #"{"type":"ERROR","object":\#(status(code, reason, message, cause: cause))}"#
    }

    package static func list(at version: Int, continuation: String = "", _ items: String...) -> String {
        #"{"kind":"ServiceList","apiVersion":"v1","metadata":{"resourceVersion":"\#(version)","#
            + #""continue":"\#(continuation)"},"items":[\#(items.joined(separator: ","))]}"#
    }

    /// A Service that cannot be read: its ports are no list.
    package static func broken(_ name: String, at version: Int) -> String {
        #"{"metadata":{"name":"\#(name)","namespace":"default","resourceVersion":"\#(version)"},"spec":{"ports":7}}"#
    }
}
