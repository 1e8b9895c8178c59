package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.SnapshotDocument;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The API's description: complete, the same as the committed one, and without resources of others.
 * With {@code -Dsluice.openapi.write} the committed one is written anew.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenApiIT {
  private static final Path COMMITTED = Path.of("docs/reference/openapi.yaml");
  private static final List<String> METHODS = List.of("get", "put", "post", "delete", "patch");

  private ApiPlane api;
  private JsonNode description;

  @BeforeAll
  void start() throws Exception {
    api = new ApiPlane();
    description = ApiPlane.json(api.send(api.request("/v3/api-docs")));
  }

  @AfterAll
  void stop() {
    api.close();
  }

  @Test
  void theCommittedDescriptionIsTheCurrentOne() throws Exception {
    String yaml = api.send(api.request("/v3/api-docs.yaml")).body();
    if (System.getProperty("sluice.openapi.write") != null) {
      Files.writeString(COMMITTED, yaml);
    }
    assertThat(Files.readString(COMMITTED))
        .as("write it anew with -Dsluice.openapi.write")
        .isEqualTo(yaml);
  }

  @Test
  void everyOperationIsComplete() {
    List<String> wrong = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    int count = 0;
    for (Map.Entry<String, JsonNode> path : description.path("paths").properties()) {
      for (String method : METHODS) {
        JsonNode operation = path.getValue().path(method);
        if (operation.isMissingNode()) {
          continue;
        }
        count++;
        String where = method + " " + path.getKey();
        if (!ids.add(operation.path("operationId").asString(""))) {
          wrong.add(where + ": operationId " + operation.path("operationId") + " is not unique");
        }
        for (String member : List.of("operationId", "summary", "tags", "responses")) {
          if (operation.path(member).isEmpty() && operation.path(member).asString("").isEmpty()) {
            wrong.add(where + ": no " + member);
          }
        }
        responses(where, operation, wrong);
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(count).isGreaterThan(40);
  }

  private static void responses(String where, JsonNode operation, List<String> wrong) {
    boolean refused = false;
    for (Map.Entry<String, JsonNode> answer : operation.path("responses").properties()) {
      String status = answer.getKey();
      refused |= status.startsWith("4");
      for (Map.Entry<String, JsonNode> content : answer.getValue().path("content").properties()) {
        JsonNode type = content.getValue();
        if (type.path("schema").isEmpty()) {
          wrong.add(where + " " + status + ": no schema");
        }
        if (type.path("example").isMissingNode() && type.path("examples").isEmpty()) {
          wrong.add(where + " " + status + ": no example");
        }
      }
    }
    if (!refused) {
      wrong.add(where + ": no refusal is described");
    }
  }

  @Test
  void everyReferenceLeadsSomewhere() {
    List<String> broken = new ArrayList<>();
    references(description, broken);
    assertThat(broken).isEmpty();
  }

  private void references(JsonNode node, List<String> broken) {
    JsonNode target = node.path("$ref");
    if (target.isString() && description.at(target.asString().substring(1)).isMissingNode()) {
      broken.add(target.asString());
    }
    node.forEach(child -> references(child, broken));
  }

  @Test
  void schemasHaveEveryMemberThatIsWritten() throws Exception {
    Map<String, Object> written = SnapshotDocument.write(SnapshotDocument.fromYaml(ApiPlane.SEED));
    JsonNode tree = JsonMapper.builder().build().readTree(JsonText.write(written));
    List<String> missing = new ArrayList<>();
    covered("/Snapshot", tree, description.at("/components/schemas/Snapshot"), missing);
    assertThat(missing).isEmpty();
  }

  private static void covered(String at, JsonNode value, JsonNode schema, List<String> missing) {
    if (value.isArray()) {
      value.forEach(item -> covered(at + "/*", item, schema.path("items"), missing));
    }
    for (Map.Entry<String, JsonNode> member : value.properties()) {
      JsonNode known = schema.path("properties").path(member.getKey());
      JsonNode free = schema.path("additionalProperties");
      if (known.isMissingNode() && free.isMissingNode()) {
        missing.add(at + "/" + member.getKey());
      } else {
        covered(at + "/" + member.getKey(), member.getValue(), known, missing);
      }
    }
  }

  @Test
  void thePageToTryItIsServedWithoutResourcesOfOthers() throws Exception {
    var moved = api.send(api.request("/swagger-ui.html"));
    assertThat(moved.statusCode()).isIn(200, 302);
    var page =
        moved.statusCode() == 200
            ? moved
            : api.send(api.request(moved.headers().firstValue("Location").orElseThrow()));
    assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
    assertThat(page.body()).contains("swagger-ui").doesNotContain("https://");
  }
}
