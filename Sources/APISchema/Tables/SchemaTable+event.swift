extension SchemaTable {
    /// Events: `k8s.io/api/events/v1`.
    static let events = """
        package io.k8s.api.events.v1 events.k8s.io/v1
        resource Event | Something that happened to an object
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          eventTime 2 microTime required | When it happened
          series 3 EventSeries? | More of the same
          reportingController 4 string | Who tells, such as kubernetes.io/kubelet
          reportingInstance 5 string | Which of them
          action 6 string | What was done, or failed
          reason 7 string | Why, in one word
          regarding 8 core.ObjectReference | The object to which it happened
          related 9 core.ObjectReference? | Another object that has to do with it
          note 10 string | What happened, for people
          type 11 string | Its type
          deprecatedSource 12 core.EventSource
          deprecatedFirstTimestamp 13 time
          deprecatedLastTimestamp 14 time
          deprecatedCount 15 int32
        type EventSeries
          count 1 int32 required | How many there were
          lastObservedTime 2 microTime required
        """
}
