import Testing

/// The official Python client, with what programs do.
@Suite(.enabled(if: PythonClient.isInstalled, "python3-kubernetes is not installed"), .timeLimit(.minutes(3)))
struct PythonClientTests {
    private func run(_ script: String) async throws {
        try await TestAPIServer.run { server in try await PythonClient(server).run(script) }
    }

    @Test func `objects are created, read, listed and deleted`() async throws {
        try await run(
            """
            ports = [client.V1ServicePort(name="http", port=80, target_port=8080)]
            service = client.V1Service(
                metadata=client.V1ObjectMeta(name="web", labels={"app": "web"}),
                spec=client.V1ServiceSpec(selector={"app": "web"}, ports=ports),
            )
            made = core.create_namespaced_service("default", service)
            assert made.spec.cluster_ip.startswith("10.96."), made.spec.cluster_ip
            equal(made.spec.type, "ClusterIP")
            read = core.read_namespaced_service("web", "default")
            equal((read.metadata.uid, read.spec.ports[0].target_port), (made.metadata.uid, 8080))
            assert read.metadata.creation_timestamp.tzinfo is not None

            for number in range(7):
                body = client.V1ConfigMap(
                    metadata=client.V1ObjectMeta(generate_name="cm-", labels={"n": str(number % 2)}),
                    data={"n": str(number)},
                )
                core.create_namespaced_config_map("default", body, dry_run="All" if number == 6 else None)
            everything = core.list_namespaced_config_map("default", label_selector="n in (0,1)")
            equal(len(everything.items), 6)
            equal(len(core.list_config_map_for_all_namespaces(label_selector="n=1").items), 3)
            # Said as Python says it.
            equal(len(core.list_config_map_for_all_namespaces(label_selector="n=1", watch=False).items), 3)
            name = everything.items[0].metadata.name
            equal(len(core.list_namespaced_config_map("default", field_selector=f"metadata.name={name}").items), 1)
            # By pages.
            names, token = [], None
            while True:
                page = core.list_namespaced_config_map("default", limit=4, _continue=token, label_selector="n")
                names += [item.metadata.name for item in page.items]
                token = page.metadata._continue
                if not token: break
            equal(sorted(names), sorted(item.metadata.name for item in everything.items))

            core.delete_collection_namespaced_config_map("default", label_selector="n=0")
            equal(len(core.list_namespaced_config_map("default", label_selector="n").items), 3)
            core.delete_namespaced_service("web", "default", propagation_policy="Background", grace_period_seconds=0)
            refused(404, "NotFound", core.read_namespaced_service, "web", "default")

            secret = client.V1Secret(metadata=client.V1ObjectMeta(name="s"), string_data={"a": "b"})
            equal(core.create_namespaced_secret("default", secret).data, {"a": "Yg=="})
            equal(core.read_namespace("default").status.phase, "Active")
            """
        )
    }

    @Test func `patches of all kinds are done`() async throws {
        try await run(
            """
            container = client.V1Container(name="c", image="x", env=[client.V1EnvVar(name="A", value="1")])
            deployment = client.V1Deployment(
                metadata=client.V1ObjectMeta(name="d"),
                spec=client.V1DeploymentSpec(
                    replicas=2,
                    selector=client.V1LabelSelector(match_labels={"app": "d"}),
                    template=client.V1PodTemplateSpec(
                        metadata=client.V1ObjectMeta(labels={"app": "d"}),
                        spec=client.V1PodSpec(containers=[container]),
                    ),
                ),
            )
            equal(apps.create_namespaced_deployment("default", deployment).metadata.generation, 1)
            # A dictionary is a strategic merge patch: containers are merged by name.
            patch = {"spec": {"template": {"spec": {"containers": [{"name": "side", "image": "y"}]}}}}
            patched = apps.patch_namespaced_deployment("d", "default", patch)
            equal([c.name for c in patched.spec.template.spec.containers], ["side", "c"])
            equal(patched.metadata.generation, 2)
            # A list is a JSON patch.
            patch = [
                {"op": "test", "path": "/spec/replicas", "value": 2},
                {"op": "replace", "path": "/spec/replicas", "value": 5},
            ]
            equal(apps.patch_namespaced_deployment("d", "default", patch).spec.replicas, 5)
            refused(422, "Invalid", apps.patch_namespaced_deployment, "d", "default", patch)
            # A merge patch replaces lists.
            custom = client.CustomObjectsApi()
            patch = {"spec": {"template": {"spec": {"containers": [{"name": "one", "image": "z"}]}}}}
            api = dynamic.DynamicClient(client.ApiClient()).resources.get(api_version="apps/v1", kind="Deployment")
            merged = api.patch(
                body=patch, name="d", namespace="default", content_type="application/merge-patch+json"
            )
            equal([c.name for c in merged.spec.template.spec.containers], ["one"])
            # Scale and status are parts of their own.
            apps.patch_namespaced_deployment_scale("d", "default", {"spec": {"replicas": 3}})
            scale = apps.read_namespaced_deployment_scale("d", "default")
            equal((scale.spec.replicas, scale.status.selector), (3, "app=d"))
            patched = apps.patch_namespaced_deployment_status("d", "default", {"status": {"replicas": 3}})
            equal((patched.status.replicas, patched.spec.replicas), (3, 3))
            """
        )
    }

    @Test func `who writes over another's change is refused`() async throws {
        try await run(
            """
            body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="c"), data={"a": "1"})
            first = core.create_namespaced_config_map("default", body)
            first.data["a"] = "2"
            second = core.replace_namespaced_config_map("c", "default", first)
            equal(second.data, {"a": "2"})
            refused(409, "Conflict", core.replace_namespaced_config_map, "c", "default", first)
            refused(409, "AlreadyExists", core.create_namespaced_config_map, "default", body)
            other = client.V1DeleteOptions(preconditions=client.V1Preconditions(uid="another"))
            refused(409, "Conflict", core.delete_namespaced_config_map, "c", "default", body=other)

            lease = client.V1Lease(
                metadata=client.V1ObjectMeta(name="leader"),
                spec=client.V1LeaseSpec(holder_identity="a", lease_duration_seconds=15),
            )
            held = coordination.create_namespaced_lease("default", lease)
            held.spec.holder_identity = "b"
            equal(coordination.replace_namespaced_lease("leader", "default", held).spec.holder_identity, "b")
            refused(409, "Conflict", coordination.replace_namespaced_lease, "leader", "default", held)
            """
        )
    }

    @Test func `what is wrong is said by field`() async throws {
        try await run(
            """
            bad = client.V1Service(
                metadata=client.V1ObjectMeta(name="Web_1"),
                spec=client.V1ServiceSpec(ports=[client.V1ServicePort(port=70000)]),
            )
            body = refused(422, "Invalid", core.create_namespaced_service, "default", bad)
            fields = {cause["field"] for cause in body["details"]["causes"]}
            assert {"metadata.name", "spec.ports[0].port"} <= fields, fields
            refused(404, "NotFound", core.read_namespaced_pod, "none", "default")
            refused(404, "NotFound", core.create_namespaced_config_map, "none", {"metadata": {"name": "c"}})
            refused(400, "BadRequest", core.list_namespaced_pod, "default", label_selector="a in (")
            refused(400, "BadRequest", core.create_namespaced_config_map, "default", {"metadata": {"name": "c"}, "data": 1})
            refused(400, "BadRequest", core.list_namespaced_pod, "default", limit=1, _continue="nonsense")
            stranger = client.CoreV1Api(client.ApiClient(client.Configuration.get_default_copy()))
            stranger.api_client.configuration.api_key = {"authorization": "Bearer nobody"}
            refused(403, "Forbidden", stranger.list_namespaced_pod, "default")
            """
        )
    }

    @Test func `a watch tells what happens, from where it is asked`() async throws {
        try await run(
            """
            import threading

            def write():
                for number in range(5):
                    core.create_namespaced_config_map("default", {"metadata": {"name": f"c{number}"}})
                core.patch_namespaced_config_map("c0", "default", {"data": {"a": "b"}})
                core.delete_namespaced_config_map("c1", "default")

            present = core.list_namespaced_config_map("default")
            writer = threading.Thread(target=write)
            writer.start()
            seen, follower = [], watch.Watch()
            for event in follower.stream(
                core.list_namespaced_config_map, "default",
                resource_version=present.metadata.resource_version, timeout_seconds=60,
            ):
                seen.append((event["type"], event["object"].metadata.name))
                if event["type"] == "DELETED": follower.stop()
            writer.join()
            equal(seen, [("ADDED", f"c{n}") for n in range(5)] + [("MODIFIED", "c0"), ("DELETED", "c1")])
            # Without a version it begins with what there is.
            names = set()
            for event in watch.Watch().stream(core.list_namespaced_config_map, "default", timeout_seconds=1):
                names.add(event["object"].metadata.name)
            assert {"c0", "c2", "c3", "c4"} <= names and "c1" not in names, names
            # One that is too new is refused; one by fields sees only those.
            for event in watch.Watch().stream(
                core.list_namespaced_config_map, "default", field_selector="metadata.name=c2", timeout_seconds=1
            ):
                equal(event["object"].metadata.name, "c2")
            """
        )
    }

    @Test func `manifests, discovery and the dynamic client work`() async throws {
        try await run(
            """
            manifest = \"\"\"
            apiVersion: v1
            kind: Namespace
            metadata: {name: shop}
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: robot, namespace: shop}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: {name: reader, namespace: shop}
            rules: [{apiGroups: [""], resources: [pods], verbs: [get, list]}]
            ---
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: deny, namespace: shop}
            spec: {podSelector: {}, policyTypes: [Ingress]}
            \"\"\"
            import yaml
            for document in yaml.safe_load_all(manifest):
                utils.create_from_dict(client.ApiClient(), document)
            equal(rbac.read_namespaced_role("reader", "shop").rules[0].verbs, ["get", "list"])
            versions = {group.name for group in client.ApisApi().get_api_versions().groups}
            assert {"apps", "discovery.k8s.io", "networking.k8s.io"} <= versions, versions
            assert client.VersionApi().get_code().git_version.startswith("v1."), versions
            names = {resource.name for resource in core.get_api_resources().resources}
            assert {"pods/log", "pods/exec", "nodes/proxy", "services/status"} <= names, names

            everything = dynamic.DynamicClient(client.ApiClient())
            services = everything.resources.get(api_version="v1", kind="Service")
            services.create(
                namespace="shop",
                body={"metadata": {"name": "s"}, "spec": {"ports": [{"port": 1}], "clusterIP": "None"}},
            )
            equal(services.get(name="s", namespace="shop").spec.clusterIP, "None")
            equal([item.metadata.name for item in services.get(namespace="shop").items], ["s"])
            services.delete(name="s", namespace="shop")

            review = client.V1SelfSubjectAccessReview(
                spec=client.V1SelfSubjectAccessReviewSpec(
                    resource_attributes=client.V1ResourceAttributes(verb="create", resource="pods", namespace="shop")
                )
            )
            assert client.AuthorizationV1Api().create_self_subject_access_review(review).status.allowed
            event = client.CoreV1Event(
                metadata=client.V1ObjectMeta(name="e", namespace="shop"),
                involved_object=client.V1ObjectReference(kind="Pod", name="p", namespace="shop"),
                reason="Tested", message="by Python", type="Normal",
            )
            equal(core.create_namespaced_event("shop", event).reason, "Tested")
            """
        )
    }
}
