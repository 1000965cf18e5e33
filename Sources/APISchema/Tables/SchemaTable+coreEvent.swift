extension SchemaTable {
    /// Events of the core group: `k8s.io/api/core/v1`.
    static let coreEvents = """
        package io.k8s.api.core.v1 v1
        resource Event | Something that happened to an object
          metadata 1 meta.ObjectMeta required | Name, labels, owners and the like
          involvedObject 2 ObjectReference required | The object to which it happened
          reason 3 string | Why, in one word
          message 4 string | Why, for people
          source 5 EventSource | Who tells
          firstTimestamp 6 time | When it happened first
          lastTimestamp 7 time | When it happened last
          count 8 int32 | How many there were
          type 9 string | Its type
          eventTime 10 microTime | When it happened
          series 11 EventSeries? | More of the same
          action 12 string | What was done, or failed
          related 13 ObjectReference? | Another object that has to do with it
          reportingComponent 14 string always | Who tells, such as kubernetes.io/kubelet
          reportingInstance 15 string always | Which of them
        type EventSource
          component 1 string
          host 2 string | The host; the pod's address where empty
        type EventSeries
          count 1 int32 | How many there were
          lastObservedTime 2 microTime
        """
}
