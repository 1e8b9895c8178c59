package io.sluice.admin;

import io.sluice.config.Snapshot;
import io.sluice.config.SnapshotDocument;
import io.sluice.config.SnapshotDocument.InvalidException;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.examples.Example;
import io.swagger.v3.oas.models.headers.Header;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.info.License;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.parameters.Parameter;
import io.swagger.v3.oas.models.parameters.RequestBody;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.responses.ApiResponses;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import io.swagger.v3.oas.models.servers.Server;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.yaml.snakeyaml.Yaml;

/**
 * What springdoc cannot see of the controllers, whose bodies are bytes: schemas, examples,
 * parameters and refusals, by the tables in {@code openapi/}.
 */
@Component
final class ApiDescription implements OpenApiCustomizer {
  private static final List<Integer> ALWAYS = List.of(400, 401, 403, 404, 405, 406, 429, 503);
  private static final String JSON = "application/json";
  private static final String REF = "#/components/";

  private final Map<String, Map<String, Object>> operations = table("operations.yaml");
  private final Map<String, Map<String, Object>> examples = examples();

  @Override
  public void customise(OpenAPI api) {
    api.info(
        new Info()
            .title("Sluice management API")
            .version("v1")
            .description(
                "Pools, backends and routes of a Sluice load balancer: read, changed while traffic"
                    + " flows, drained and rolled back. docs/reference/api.md tells the rules.")
            .license(new License().name("Apache-2.0").identifier("Apache-2.0")));
    api.setServers(List.of(new Server().url("/").description("this management plane")));
    Components components = api.getComponents() == null ? new Components() : api.getComponents();
    describe(components);
    api.setComponents(components);
    api.setSecurity(
        List.of(
            new SecurityRequirement().addList("token"),
            new SecurityRequirement().addList("session")));
    api.getPaths()
        .forEach(
            (path, item) ->
                item.readOperationsMap()
                    .forEach((method, operation) -> row(method + " " + path, operation)));
  }

  /** Completes an operation by its row, which has its id or, where that says little, its path. */
  private void row(String call, Operation operation) {
    Map<String, Object> row = operations.get(call);
    if (row != null) {
      operation.setOperationId(String.valueOf(row.get("id")));
      operation.setSummary(String.valueOf(row.get("summary")));
      operation.setTags(List.of(String.valueOf(row.get("group"))));
    } else {
      row = operations.get(operation.getOperationId());
    }
    if (row != null) {
      complete(operation, row);
    }
  }

  private static Map<String, Map<String, Object>> table(String file) {
    try (InputStream text = ApiDescription.class.getResourceAsStream("/openapi/" + file)) {
      return new Yaml().load(Objects.requireNonNull(text, file));
    } catch (IOException e) {
      throw new IllegalStateException("cannot read the table " + file, e);
    }
  }

  /** Answers as they look: written by hand, or as a snapshot is written. */
  static Map<String, Map<String, Object>> examples() {
    Map<String, Map<String, Object>> all = new LinkedHashMap<>(table("examples.yaml"));
    Snapshot sample = sample();
    Map<String, Object> pool = SnapshotDocument.write(sample.pools().getFirst());
    Map<String, Object> backend = new LinkedHashMap<>();
    backend.put("pool", "web");
    backend.putAll(SnapshotDocument.write(sample.pools().getFirst().backends().getFirst()));
    backend.put("status", Objects.requireNonNull(all.remove("BackendStatus")));
    Map<String, Object> withStatus = new LinkedHashMap<>(pool);
    withStatus.put("status", Objects.requireNonNull(all.remove("PoolStatus")));
    Map<String, Object> route =
        new LinkedHashMap<>(SnapshotDocument.write(sample.routes().getFirst()));
    route.put("status", Objects.requireNonNull(all.remove("RouteStatus")));
    all.put("Pool", withStatus);
    all.put("Backend", backend);
    all.put("Route", route);
    all.put("Snapshot", SnapshotDocument.write(sample));
    return all;
  }

  static Snapshot sample() {
    try (InputStream text = ApiDescription.class.getResourceAsStream("/openapi/sample.yaml")) {
      byte[] yaml = Objects.requireNonNull(text).readAllBytes();
      return SnapshotDocument.fromYaml(new String(yaml, StandardCharsets.UTF_8));
    } catch (IOException | InvalidException e) {
      throw new IllegalStateException("the sample of the API's description is broken", e);
    }
  }

  private void describe(Components components) {
    Map<String, Object> sample = SnapshotDocument.write(sample());
    examples.forEach(
        (name, example) -> {
          List<?> samples = List.of(example);
          if (name.equals("Route") && sample.get("routes") instanceof List<?> routes) {
            List<Object> all = new ArrayList<>(routes);
            all.add(example);
            samples = all;
          }
          Schema<?> schema = SampleSchemas.of(name, samples);
          schema.setDescription(name.equals("Problem") ? "RFC 9457" : null);
          if (components.getSchemas() == null || !components.getSchemas().containsKey(name)) {
            components.addSchemas(name, schema);
          }
          components.addExamples(name, new Example().value(example));
        });
    for (int status :
        List.of(400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 428, 429, 503)) {
      components.addResponses("Refusal" + status, refusal(status));
    }
    components.addSecuritySchemes(
        "token",
        new SecurityScheme()
            .type(SecurityScheme.Type.HTTP)
            .scheme("bearer")
            .description("A token that begins with sl_"));
    components.addSecuritySchemes(
        "session",
        new SecurityScheme()
            .type(SecurityScheme.Type.APIKEY)
            .in(SecurityScheme.In.COOKIE)
            .name(Authentication.COOKIE)
            .description("A browser's session; writes need its CSRF token too"));
  }

  private void complete(Operation operation, Map<String, Object> row) {
    parameters(operation, row);
    body(operation, row);
    ApiResponses responses = new ApiResponses();
    int status = row.get("status") instanceof Integer given ? given : 200;
    ApiResponse good = new ApiResponse().description(described(status));
    good.addHeaderObject("Config-Revision", header("the revision in force"));
    if (row.containsKey("tag") && status != 204 && status != 202) {
      good.addHeaderObject("ETag", header("the resource's state"));
    }
    if (status == 201 || status == 202) {
      good.addHeaderObject("Location", header("the address of what was made or begun"));
    }
    good.setContent(content(row));
    responses.addApiResponse(Integer.toString(status), good);
    if ("read".equals(row.get("tag"))) {
      responses.addApiResponse("304", new ApiResponse().description(described(304)));
    }
    if (Boolean.TRUE.equals(row.get("write")) && status != 200) {
      Schema<?> impact = new JsonSchema().addProperty("impact", reference("schemas/Impact"));
      impact.addType("object");
      MediaType type =
          new MediaType()
              .schema(impact)
              .example(Map.of("impact", Objects.requireNonNull(examples.get("Impact"))));
      responses.addApiResponse(
          "200",
          new ApiResponse()
              .description("With dryRun: what it would do")
              .content(new Content().addMediaType(JSON, type)));
    }
    List<Object> refusals = new ArrayList<>(ALWAYS);
    if (row.get("refusals") instanceof List<?> more) {
      refusals.addAll(more);
    }
    refusals.stream()
        .map(String::valueOf)
        .sorted()
        .forEach(
            code ->
                responses.addApiResponse(
                    code, new ApiResponse().$ref(REF + "responses/Refusal" + code)));
    operation.setResponses(responses);
  }

  private static ApiResponse refusal(int status) {
    return new ApiResponse()
        .description(described(status))
        .content(
            new Content()
                .addMediaType(
                    "application/problem+json",
                    new MediaType()
                        .schema(reference("schemas/Problem"))
                        .addExamples("problem", new Example().$ref(REF + "examples/Problem"))));
  }

  private static String described(int status) {
    return Objects.requireNonNull(HttpStatus.resolve(status)).getReasonPhrase();
  }

  private static Header header(String description) {
    Header header = new Header().description(description);
    header.setSchema(text());
    return header;
  }

  private static Schema<?> text() {
    JsonSchema schema = new JsonSchema();
    schema.addType("string");
    return schema;
  }

  private static Schema<?> reference(String target) {
    return new JsonSchema().$ref(REF + target);
  }

  private @Nullable Content content(Map<String, Object> row) {
    if (row.get("page") instanceof String item) {
      JsonSchema page = new JsonSchema();
      page.addType("object");
      JsonSchema items = new JsonSchema();
      items.addType("array");
      items.setItems(reference("schemas/" + item));
      page.addProperty("items", items);
      JsonSchema cursor = new JsonSchema();
      cursor.setTypes(new java.util.LinkedHashSet<>(List.of("string", "null")));
      page.addProperty("nextCursor", cursor);
      for (String number : List.of("total", "revision")) {
        JsonSchema whole = new JsonSchema();
        whole.addType("integer");
        page.addProperty(number, whole);
      }
      Map<String, Object> example = new LinkedHashMap<>();
      example.put("items", List.of(Objects.requireNonNull(examples.get(item))));
      example.put("nextCursor", "d2ViAWE");
      example.put("total", 1);
      example.put("revision", 7);
      return new Content().addMediaType(JSON, new MediaType().schema(page).example(example));
    }
    if (row.containsKey("stream")) {
      return new Content()
          .addMediaType(
              "text/event-stream",
              new MediaType()
                  .schema(text())
                  .example("id: m3x9-7\nevent: config\ndata: {\"number\":7}\n\n"));
    }
    return row.get("answer") instanceof String name ? typed(name, row) : null;
  }

  private static Content typed(String name, Map<String, Object> row) {
    Content content = new Content().addMediaType(JSON, exampled(name));
    if (row.containsKey("yaml")) {
      content.addMediaType(
          "application/yaml", new MediaType().schema(text()).example("pools: []\nroutes: []\n"));
    }
    return content;
  }

  private static MediaType exampled(String name) {
    return new MediaType()
        .schema(reference("schemas/" + name))
        .addExamples(name, new Example().$ref(REF + "examples/" + name));
  }

  private static void body(Operation operation, Map<String, Object> row) {
    String type = row.containsKey("patch") ? Call.MERGE_PATCH.toString() : JSON;
    for (String kind : List.of("body", "patch", "optionalBody")) {
      if (row.get(kind) instanceof String name) {
        Content content =
            kind.equals("patch")
                ? new Content().addMediaType(type, exampled(name))
                : typed(name, row);
        operation.setRequestBody(
            new RequestBody().required(!kind.equals("optionalBody")).content(content));
      }
    }
  }

  private static void parameters(Operation operation, Map<String, Object> row) {
    List<Parameter> all = new ArrayList<>();
    if (operation.getParameters() != null) {
      all.addAll(operation.getParameters());
    }
    if (row.containsKey("page")) {
      all.add(parameter("query", "limit", ApiParameters.LIMIT));
      all.add(parameter("query", "cursor", ApiParameters.CURSOR));
    }
    if (row.get("query") instanceof List<?> names) {
      names.forEach(name -> all.add(parameter("query", "" + name, ApiParameters.of("" + name))));
    }
    if (row.containsKey("write")) {
      for (String name : List.of("dryRun", "force", "reason")) {
        all.add(parameter("query", name, ApiParameters.of(name)));
      }
    }
    if (row.containsKey("key")) {
      all.add(parameter("header", IdempotencyKeys.FIELD, "the same key: the same answer again"));
    }
    Object tag = row.get("tag");
    if ("write".equals(tag) || "create".equals(tag)) {
      all.add(parameter("header", "If-Match", "the ETag that was read, or *"));
    }
    if ("read".equals(tag)) {
      all.add(parameter("header", "If-None-Match", "ETags that are known: 304 when one holds"));
    }
    if ("create".equals(tag)) {
      all.add(parameter("header", "If-None-Match", "*: make it, where nothing is yet"));
    }
    operation.setParameters(all.isEmpty() ? null : all);
  }

  private static Parameter parameter(String in, String name, String description) {
    return new Parameter().in(in).name(name).description(description).schema(text());
  }
}
