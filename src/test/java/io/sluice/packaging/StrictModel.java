package io.sluice.packaging;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an API server with strict field validation refuses: fields that a kind does not have, values
 * of the wrong type, and required fields that are missing.
 */
final class StrictModel {
  private static final Map<String, Class<? extends HasMetadata>> KINDS =
      Map.ofEntries(
          Map.entry("v1/ConfigMap", ConfigMap.class),
          Map.entry("v1/Pod", Pod.class),
          Map.entry("v1/Service", Service.class),
          Map.entry("v1/ServiceAccount", ServiceAccount.class),
          Map.entry("apps/v1/Deployment", Deployment.class),
          Map.entry("apps/v1/StatefulSet", StatefulSet.class),
          Map.entry("autoscaling/v2/HorizontalPodAutoscaler", HorizontalPodAutoscaler.class),
          Map.entry("gateway.networking.k8s.io/v1/HTTPRoute", HTTPRoute.class),
          Map.entry("networking.k8s.io/v1/Ingress", Ingress.class),
          Map.entry("networking.k8s.io/v1/NetworkPolicy", NetworkPolicy.class),
          Map.entry("policy/v1/PodDisruptionBudget", PodDisruptionBudget.class),
          Map.entry("rbac.authorization.k8s.io/v1/Role", Role.class),
          Map.entry("rbac.authorization.k8s.io/v1/RoleBinding", RoleBinding.class));

  /**
   * Required by Kubernetes' API, and not told by the classes; {@code *} stands for each element.
   */
  private static final Map<String, List<String>> REQUIRED =
      Map.ofEntries(
          Map.entry("/spec/selector", List.of()),
          Map.entry("/spec/template/spec", List.of("containers")),
          Map.entry("/spec/template/spec/containers/*", List.of("name", "image")),
          Map.entry("/spec/template/spec/containers/*/ports/*", List.of("containerPort")),
          Map.entry("/spec/template/spec/containers/*/env/*", List.of("name")),
          Map.entry(
              "/spec/template/spec/containers/*/env/*/valueFrom/secretKeyRef", List.of("key")),
          Map.entry(
              "/spec/template/spec/containers/*/volumeMounts/*", List.of("name", "mountPath")),
          Map.entry("/spec/template/spec/containers/*/lifecycle/preStop/sleep", List.of("seconds")),
          Map.entry("/spec/template/spec/volumes/*", List.of("name")),
          Map.entry(
              "/spec/template/spec/topologySpreadConstraints/*",
              List.of("maxSkew", "topologyKey", "whenUnsatisfiable")),
          Map.entry("/spec/containers/*", List.of("name", "image")),
          Map.entry("/spec/containers/*/volumeMounts/*", List.of("name", "mountPath")),
          Map.entry("/spec/ports/*", List.of("port")),
          Map.entry("/spec/scaleTargetRef", List.of("kind", "name")),
          Map.entry("/spec/metrics/*", List.of("type")),
          Map.entry("/spec/metrics/*/resource", List.of("name", "target")),
          Map.entry("/spec/rules/*/http/paths/*", List.of("pathType", "backend")),
          Map.entry("/spec/endpoints/*", List.of("port")),
          Map.entry("/spec/groups/*", List.of("name", "rules")),
          Map.entry("/spec/groups/*/rules/*", List.of("expr")));

  private static final Map<String, List<String>> REQUIRED_BY_KIND =
      Map.of(
          "Deployment", List.of("selector", "template"),
          "StatefulSet", List.of("selector", "template", "serviceName", "replicas"),
          "Service", List.of("ports", "selector"),
          "HorizontalPodAutoscaler", List.of("maxReplicas", "scaleTargetRef"),
          "NetworkPolicy", List.of("podSelector", "policyTypes"),
          "PodDisruptionBudget", List.of("selector"),
          "ServiceMonitor", List.of("endpoints", "selector"),
          "PrometheusRule", List.of("groups"));

  /** The fields of the Prometheus operator's kinds that the chart knows. */
  private static final Map<String, Set<String>> OPERATOR_FIELDS =
      Map.of(
          "ServiceMonitor",
          Set.of(
              "/spec/jobLabel",
              "/spec/selector/matchLabels/*",
              "/spec/namespaceSelector/matchNames/*",
              "/spec/endpoints/*/port",
              "/spec/endpoints/*/path",
              "/spec/endpoints/*/scheme",
              "/spec/endpoints/*/interval",
              "/spec/endpoints/*/scrapeTimeout",
              "/spec/endpoints/*/authorization/type",
              "/spec/endpoints/*/authorization/credentials/name",
              "/spec/endpoints/*/authorization/credentials/key",
              "/spec/endpoints/*/tlsConfig/serverName",
              "/spec/endpoints/*/tlsConfig/ca/secret/name",
              "/spec/endpoints/*/tlsConfig/ca/secret/key",
              "/spec/endpoints/*/metricRelabelings/*/action",
              "/spec/endpoints/*/metricRelabelings/*/regex",
              "/spec/endpoints/*/metricRelabelings/*/sourceLabels/*"),
          "PrometheusRule",
          Set.of(
              "/spec/groups/*/name",
              "/spec/groups/*/rules/*/alert",
              "/spec/groups/*/rules/*/record",
              "/spec/groups/*/rules/*/expr",
              "/spec/groups/*/rules/*/for",
              "/spec/groups/*/rules/*/labels/*",
              "/spec/groups/*/rules/*/annotations/*"));

  private static final JsonMapper STRICT =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .annotationIntrospector(new NothingLeftOver())
          .build();

  private StrictModel() {}

  /** The model's classes take any field along; here a field without a place is an error. */
  private static final class NothingLeftOver extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1L;

    @Override
    public @Nullable Boolean hasAnySetter(MapperConfig<?> config, Annotated annotated) {
      return false;
    }
  }

  /** What is wrong with an object; empty: nothing. */
  static List<String> problems(JsonNode object) {
    String kind = object.path("kind").asString("");
    String type = object.path("apiVersion").asString("") + "/" + kind;
    String name = type + " " + Chart.Rendered.name(object) + ": ";
    List<String> problems = new ArrayList<>();
    Class<? extends HasMetadata> model = KINDS.get(type);
    if (OPERATOR_FIELDS.containsKey(kind)) {
      Set<String> known = OPERATOR_FIELDS.getOrDefault(kind, Set.of());
      Set<String> unknown = new TreeSet<>();
      leaves(object.path("spec"), "/spec", known, unknown);
      unknown.forEach(path -> problems.add(name + "unknown field " + path));
    } else if (model != null) {
      try {
        STRICT.treeToValue(object, model);
      } catch (JacksonException e) {
        problems.add(name + e.getMessage());
      }
    } else {
      problems.add(name + "a kind that this test does not know");
    }
    if (Chart.Rendered.name(object).isEmpty()) {
      problems.add(name + "no metadata.name");
    }
    REQUIRED_BY_KIND
        .getOrDefault(kind, List.of())
        .forEach(field -> require(object.path("spec"), "/spec", field, name, problems));
    required(object, "", name, problems);
    return problems;
  }

  private static void leaves(JsonNode node, String path, Set<String> known, Set<String> unknown) {
    if (known.contains(path) || known.contains(path.replaceFirst("/[^/]+$", "/*"))) {
      return;
    }
    if (node.isArray()) {
      node.forEach(element -> leaves(element, path + "/*", known, unknown));
    } else if (node.isObject()) {
      node.properties()
          .forEach(
              field ->
                  leaves(
                      field.getValue(),
                      path + "/" + field.getKey().replace("/", "~1"),
                      known,
                      unknown));
    } else {
      unknown.add(path);
    }
  }

  private static void required(JsonNode node, String path, String name, List<String> problems) {
    REQUIRED.getOrDefault(path, List.of()).forEach(f -> require(node, path, f, name, problems));
    if (node.isArray()) {
      node.forEach(element -> required(element, path + "/*", name, problems));
    } else {
      node.properties()
          .forEach(f -> required(f.getValue(), path + "/" + f.getKey(), name, problems));
    }
  }

  private static void require(
      JsonNode node, String path, String field, String name, List<String> problems) {
    if (node.path(field).isMissingNode() || node.path(field).isNull()) {
      problems.add(name + path + " has no " + field);
    }
  }
}
