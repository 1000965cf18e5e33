extension SchemaTable {
    /// Questions about what somebody may do: `k8s.io/api/authorization/v1`.
    static let authorization = """
        package io.k8s.api.authorization.v1 authorization.k8s.io/v1
        kind SubjectAccessReview | Asks whether somebody may do something
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          spec 2 SubjectAccessReviewSpec required | What is wanted
          status 3 SubjectAccessReviewStatus | What is found to be so
        kind SelfSubjectAccessReview | Asks whether the caller may do something
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          spec 2 SelfSubjectAccessReviewSpec required | What is wanted
          status 3 SubjectAccessReviewStatus | What is found to be so
        kind LocalSubjectAccessReview | Asks whether somebody may do something in a namespace
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          spec 2 SubjectAccessReviewSpec required | What is wanted
          status 3 SubjectAccessReviewStatus | What is found to be so
        type SubjectAccessReviewSpec
          resourceAttributes 1 ResourceAttributes? | The request, where it is for a resource
          nonResourceAttributes 2 NonResourceAttributes? | The request, where it is for another path
          user 3 string | The user
          groups 4 [string] | Groups of the user
          extra 5 {[string]} | More about the user, by name
          uid 6 string | The unique identifier of that object
        type SelfSubjectAccessReviewSpec
          resourceAttributes 1 ResourceAttributes? | The request, where it is for a resource
          nonResourceAttributes 2 NonResourceAttributes? | The request, where it is for another path
        type SubjectAccessReviewStatus
          allowed 1 bool required | Whether it may be done
          denied 4 bool | Whether somebody forbids it
          reason 2 string | Why, in one word
          evaluationError 3 string | What could not be evaluated
        type ResourceAttributes
          namespace 1 string | The namespace
          verb 2 string | What is to be done
          group 3 string | The API group
          version 4 string | The version
          resource 5 string | The resource
          subresource 6 string | The part of the resource that has a path of its own
          name 7 string | Its name
          fieldSelector 8 FieldSelectorAttributes?
          labelSelector 9 LabelSelectorAttributes? | Which objects by their labels
        type NonResourceAttributes
          path 1 string | The path
          verb 2 string | What is to be done
        type FieldSelectorAttributes
          rawSelector 1 string | The selector as in a request's query
          requirements 2 [meta.FieldSelectorRequirement] | The selector in parts
        type LabelSelectorAttributes
          rawSelector 1 string | The selector as in a request's query
          requirements 2 [meta.LabelSelectorRequirement] | The selector in parts
        kind SelfSubjectRulesReview | Asks what the caller may do
          metadata 1 meta.ObjectMeta | Name, labels, owners and the like
          spec 2 SelfSubjectRulesReviewSpec required | What is wanted
          status 3 SubjectRulesReviewStatus | What is found to be so
        type SelfSubjectRulesReviewSpec
          namespace 1 string | The namespace
        type SubjectRulesReviewStatus
          resourceRules 1 [ResourceRule] required | What may be done to resources
          nonResourceRules 2 [NonResourceRule] required | What may be done to other paths
          incomplete 3 bool required | Whether there may be more
          evaluationError 4 string | What could not be evaluated
        type ResourceRule
          verbs 1 [string] required | What may be done, such as get, list, watch; * for all
          apiGroups 2 [string] | API groups of the resources; empty is the core group, * is all
          resources 3 [string] | Resources, such as pods or deployments/scale; * for all
          resourceNames 4 [string] | Only objects of these names; all where empty
        type NonResourceRule
          verbs 1 [string] required | What may be done, such as get, list, watch; * for all
          nonResourceURLs 2 [string] | Paths that are no resources, such as /metrics
        """
}
