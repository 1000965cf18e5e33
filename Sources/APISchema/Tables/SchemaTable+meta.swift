extension SchemaTable {
    /// What all objects have, and what the server says besides objects: `k8s.io/apimachinery/pkg/apis/meta/v1`.
    static let metadata = """
        package io.k8s.apimachinery.pkg.apis.meta.v1 v1
        type ObjectMeta | What all objects have: name, labels, owners, versions
          name 1 string | The name, unique in its namespace among objects of the kind
          generateName 2 string | What a name made by the server begins with
          namespace 3 string | The namespace; empty for kinds without one
          selfLink 4 string | No longer filled
          uid 5 string | The identifier that no other object ever has
          resourceVersion 6 string | The object's version; compared for equality only
          generation 7 int64 | Counts changes of what is wanted
          creationTimestamp 8 time omitempty | When the object was created
          deletionTimestamp 9 time? | When the object will be gone, once its deletion was asked for
          deletionGracePeriodSeconds 10 int64? | How long it may take to end
          labels 11 {string} | Names and values by which objects are selected
          annotations 12 {string} | Names and values for tools
          ownerReferences 13 [OwnerReference] merge key=uid | Its owners; it goes when all have gone
          finalizers 14 [string] merge | Who must clean up before the object is removed
          managedFields 17 [ManagedFieldsEntry] | Who set which fields
        type OwnerReference | The owner of an object in the same namespace
          apiVersion 5 string required | The group and version of that object
          kind 1 string required | The kind of that object
          name 3 string required | Its name
          uid 4 string required | The unique identifier of that object
          controller 6 bool? | Whether the owner is the one that manages the object
          blockOwnerDeletion 7 bool? | Whether the owner stays until this object is gone, if deleted in the foreground
        type ManagedFieldsEntry | The fields that one manager has set
          manager 1 string | Who set them
          operation 2 string | Apply or Update
          apiVersion 3 string | The group and version of that object
          time 4 time? | When it last changed
          fieldsType 6 string | FieldsV1
          fieldsV1 7 fieldsV1? | The fields
          subresource 8 string | The part of the resource that has a path of its own
        type ListMeta | What all lists have
          selfLink 1 string | No longer filled
          resourceVersion 2 string | The version of the whole, to watch from
          continue 3 string | Where the next part of the list begins
          remainingItemCount 4 int64? | How many objects are left
        kind Status | What became of a request
          metadata 1 ListMeta | Name, labels, owners and the like
          status 2 string | Success or Failure
          message 3 string | Why, for people
          reason 4 string | Why, in a word for programs
          details 5 StatusDetails? | More about the reason
          code 6 int32 | The HTTP status code
        type StatusDetails | More about why a request was refused
          name 1 string | Its name
          group 2 string | The API group
          kind 3 string | The kind of that object
          uid 6 string | The unique identifier of that object
          causes 4 [StatusCause] | The single reasons
          retryAfterSeconds 5 int32 | When to try again
        type StatusCause | One of the reasons
          reason 1 string | Why, in one word
          message 2 string | Why, for people
          field 3 string | The field
        kind DeleteOptions | How an object is deleted
          gracePeriodSeconds 1 int64? | How long it may take to end; 0 for at once
          preconditions 2 Preconditions? | What must be so, or nothing is deleted
          orphanDependents 3 bool? | Deprecated; propagationPolicy says more
          propagationPolicy 4 string? | Orphan, Background or Foreground: what becomes of objects that it owns
          dryRun 5 [string] | All to only try it
          ignoreStoreReadErrorWithClusterBreakingPotential 6 bool?
        type Preconditions | What must be so for an object to be deleted
          uid 1 string? | The unique identifier of that object
          resourceVersion 2 string? | The version of that object
        type LabelSelector | Which objects are meant, by their labels
          matchLabels 1 {string} | Labels with these values
          matchExpressions 2 [LabelSelectorRequirement] | Labels by more than one value
        type LabelSelectorRequirement
          key 1 string required | The key
          operator 2 string required | In, NotIn, Exists or DoesNotExist
          values 3 [string] | The values to compare with
        type FieldSelectorRequirement
          key 1 string required | The key
          operator 2 string required | How the values are compared
          values 3 [string] | The values to compare with
        type Condition | One thing that is true of an object, or not
          type 1 string required | The condition's name
          status 2 string required | True, False or Unknown
          observedGeneration 3 int64 | The generation of the object that this was found for
          lastTransitionTime 4 time required | When the status last changed
          reason 5 string required | Why, in one word
          message 6 string required | Why, for people
        type WatchEvent | A change of an object
          type 1 string required | ADDED, MODIFIED, DELETED, BOOKMARK or ERROR
          object 2 rawExtension required | The object after the change
        package io.k8s.apimachinery.pkg.apis.meta.v1 meta.k8s.io/v1
        kind PartialObjectMetadata | An object without all but its metadata
          metadata 1 ObjectMeta | Name, labels, owners and the like
        kind PartialObjectMetadataList | Objects without all but their metadata
          metadata 1 ListMeta | Name, labels, owners and the like
          items 2 [PartialObjectMetadata] always | The objects
        """
}
