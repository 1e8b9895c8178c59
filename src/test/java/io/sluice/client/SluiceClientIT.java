package io.sluice.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.AdminApi;
import io.sluice.testing.SluiceProcess;
import io.sluice.testkit.ScriptedBackend;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands against the real program; one of them as a process, the others in this one. */
class SluiceClientIT {
  @TempDir private static Path directory;
  private static ScriptedBackend backend;
  private static SluiceProcess sluice;

  @BeforeAll
  static void start() throws Exception {
    backend = ScriptedBackend.start();
    sluice =
        SluiceProcess.serving(
            directory,
            """
            sluice:
              listeners: [{address: "127.0.0.1:0"}]
              admin: {address: "127.0.0.1:0"}
              bootstrap:
                pools:
                  - id: default
                    backends:
                      - {id: one, address: "127.0.0.1:%1$d"}
                      - {id: two, address: "localhost:%1$d"}
                      - {id: dead, address: "127.0.0.1:1"}
            """
                .formatted(backend.port()));
  }

  @AfterAll
  static void stop() throws Exception {
    sluice.close();
    backend.close();
  }

  /** What a command has said. */
  private record Said(int code, String out, String err) {}

  private static Said run(Map<String, String> environment, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        new SluiceClient(environment, new PrintWriter(out), new PrintWriter(err))
            .run(List.of(arguments));
    return new Said(code, out.toString(), err.toString());
  }

  private static Map<String, String> environment() throws Exception {
    return Map.of("SLUICE_URL", sluice.admin().toString(), "SLUICE_TOKEN", AdminApi.TOKEN);
  }

  private static Said run(String... arguments) throws Exception {
    return run(environment(), arguments);
  }

  private static String done(String... arguments) throws Exception {
    Said said = run(arguments);
    assertThat(said.code()).as(said.err()).isZero();
    return said.out();
  }

  private static JsonNode json(String text) {
    return JsonMapper.builder().build().readTree(text);
  }

  @Test
  void statusComesAsATableJsonAndYaml() throws Exception {
    assertThat(done("status")).containsPattern("(?m)^mode +managed$");
    assertThat(json(done("status", "-o", "json")).path("mode").asString()).isEqualTo("managed");
    assertThat(done("status", "-o", "yaml")).containsPattern("(?m)^mode: managed$");
  }

  @Test
  void theProgramItselfTakesTheCommand() throws Exception {
    try (SluiceProcess command =
        SluiceProcess.run(
            Files.createTempDirectory(directory, "c"), environment(), List.of(), "backends")) {
      assertThat(command.exitCode()).as(command.stderr()).isZero();
      assertThat(command.stdout())
          .containsPattern("(?m)^POOL +ID +ADDRESS +WEIGHT +STATE ")
          .containsPattern("(?m)^default +one +127\\.0\\.0\\.1:" + backend.port() + " +1 +ready ");
    }
  }

  @Test
  void backendsCanBeNarrowed() throws Exception {
    assertThat(done("backends", "-q", "dead").lines()).hasSize(2);
    assertThat(done("backends", "--pool", "default").lines()).hasSize(4);
    assertThat(json(done("backends", "-o", "json"))).hasSize(3);
  }

  @Test
  void aBackendIsDrainedAndReadyAgain() throws Exception {
    assertThat(done("drain", "default/two", "--dry-run", "-o", "json")).contains("eligibleAfter");
    assertThat(done("drain", "default/two", "--wait", "--deadline", "1m", "--reason", "patch"))
        .isEqualTo("default/two is empty\n");
    assertThat(done("backends", "--state", "drain")).contains("two");
    assertThat(done("ready", "two")).isEqualTo("default/two is ready\n");
    assertThat(done("revisions", "-n", "2")).contains("patch");
    long now = json(done("revisions", "-n", "1", "-o", "json")).at("/items/0/number").asLong();
    assertThat(done("rollback", String.valueOf(now - 1)))
        .isEqualTo("revision " + (now + 1) + " is in force, the same as " + (now - 1) + "\n");
    done("ready", "default/two");
  }

  @Test
  void aProbeTellsItsSteps() throws Exception {
    assertThat(done("check", "default/one")).containsPattern("(?m)^STEP +OK ").contains("connect");
    Said dead = run("check", "default/dead");
    assertThat(dead.code()).isEqualTo(1);
    assertThat(dead.err()).contains("default/dead does not pass");
  }

  @Test
  void aTokenIsMadeUsedAndDeleted() throws Exception {
    JsonNode made =
        json(
            done(
                "token", "create", "ci", "--role", "viewer", "--expires-in", "PT1H", "-o", "json"));
    Map<String, String> viewer = new HashMap<>(environment());
    viewer.put("SLUICE_TOKEN", made.path("token").asString());
    assertThat(run(viewer, "status").code()).isZero();
    Said refused = run(viewer, "drain", "one");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err()).startsWith("sluice: 403 ");
    assertThat(done("token", "list")).contains("ci");
    done("token", "delete", made.path("id").asString());
    assertThat(run(viewer, "status").err()).contains("401").contains("not valid");
  }

  @Test
  void whatGoesWrongIsOneSentence() throws Exception {
    assertThat(run("drain", "default/none").err()).startsWith("sluice: 404 ");
    assertThat(run("drain").code()).isEqualTo(2);
    assertThat(run("drain").err()).contains("POOL/ID").contains("see sluice drain -h");
    assertThat(run("status", "-o", "xml").code()).isEqualTo(2);
    Said nobody = run(Map.of("SLUICE_URL", "http://127.0.0.1:1"), "status");
    assertThat(nobody.code()).isEqualTo(1);
    assertThat(nobody.err()).contains("nothing answers at http://127.0.0.1:1");
    Said proxy =
        run(Map.of("SLUICE_URL", sluice.proxy().toString(), "SLUICE_TOKEN", "x"), "status");
    assertThat(proxy.err()).contains("is it Sluice's management plane?");
    Said nameless = run(Map.of("SLUICE_URL", sluice.admin().toString()), "status");
    assertThat(nameless.err()).contains("401").contains("SLUICE_TOKEN");
    assertThat(run(Map.of("SLUICE_URL", "nonsense"), "status").err()).contains("is no URL");
  }

  @Test
  void everyCommandHasHelp() throws Exception {
    for (String command : SluiceClient.commands().keySet()) {
      assertThat(done(command, "-h")).startsWith("Usage: sluice " + command);
    }
  }
}
