package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.sluice.testing.AdminApi;
import io.sluice.testing.Http;
import io.sluice.testing.SluiceProcess;
import io.sluice.testing.Until;
import io.sluice.testkit.ScriptedBackend;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The store's disk becomes full while traffic flows, then has room again. Mounting takes the rights
 * of root; without them the test is skipped, and says so.
 */
class FullDiskIT {
  @TempDir private Path directory;
  private Path disk;

  @BeforeEach
  void mount() throws Exception {
    disk = Files.createDirectory(directory.resolve("disk"));
    String failure = run("mount", "-t", "tmpfs", "-o", "size=1m", "sluice-test", disk.toString());
    assumeThat(failure).as("mounting a small disk takes root: %s", failure).isEmpty();
  }

  @AfterEach
  void unmount() throws Exception {
    run("umount", disk.toString());
  }

  /** Runs a command; gives what it says when it fails, and nothing otherwise. */
  private static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return process.waitFor() == 0 ? "" : "failed: " + said;
  }

  @Test
  void writesAreRefusedWithTheReasonAndTrafficGoesOn() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start();
        SluiceProcess sluice =
            SluiceProcess.serving(
                directory,
                """
                sluice:
                  listeners: [{address: "127.0.0.1:0"}]
                  admin: {address: "127.0.0.1:0"}
                  store: {path: %s/sluice.db}
                  bootstrap:
                    pools: [{id: default, backends: ["127.0.0.1:%d"]}]
                """
                    .formatted(disk, backend.port()))) {
      AdminApi api = AdminApi.of(sluice);
      String body = "x".repeat(40_000);
      int stored = 0;
      AdminApi.Answer answer = route(api, "r" + stored, body);
      while (answer.status() == 201 && stored < 100) {
        stored++;
        answer = route(api, "r" + stored, body);
      }
      refused(answer, sluice);
      assertThat(api.get("/routes").path("total").asInt()).isEqualTo(stored + 1);

      formsAreShownAgain(sluice);

      assertThat(run("mount", "-o", "remount,size=16m", disk.toString())).isEmpty();
      assertThat(route(api, "later", body).status()).as("once there is room").isEqualTo(201);
    }
  }

  /** The same for a person: the sentence stands above the form, and what was typed is kept. */
  private void formsAreShownAgain(SluiceProcess sluice) throws Exception {
    run("sh", "-c", "cat /dev/zero > " + disk.resolve("the-last-bytes"));
    HttpRequest form =
        HttpRequest.newBuilder(sluice.admin().resolve("/access/tokens"))
            .timeout(Until.DEADLINE)
            .header("Authorization", "Bearer " + AdminApi.TOKEN)
            .header("Accept", "text/html")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString("name=for-the-robots&role=viewer"))
            .build();
    try (HttpClient browser = HttpClient.newHttpClient()) {
      HttpResponse<String> page = browser.send(form, HttpResponse.BodyHandlers.ofString());
      for (int i = 0; page.statusCode() == 201 && i < 100; i++) { // what the log still has room for
        page = browser.send(form, HttpResponse.BodyHandlers.ofString());
      }
      assertThat(page.statusCode()).as(page.body()).isEqualTo(503);
      assertThat(page.body())
          .contains("role=\"alert\"", "sluice.db", "Free space", "value=\"for-the-robots\"");
    }
    Files.delete(disk.resolve("the-last-bytes"));
  }

  private static AdminApi.Answer route(AdminApi api, String id, String body) throws Exception {
    return api.call(
        "POST",
        "/routes",
        """
        {"id": "%s", "match": {"path": "/%s"}, "respond": {"status": 200, "body": "%s"}}
        """
            .formatted(id, id, body));
  }

  private static void refused(AdminApi.Answer answer, SluiceProcess sluice) throws Exception {
    assertThat(answer.status()).as("%s", answer).isEqualTo(503);
    assertThat(answer.json().path("code").asString()).isEqualTo("store-full");
    assertThat(answer.json().path("detail").asString()).contains("sluice.db");
    for (String path : List.of("/", "/r0")) {
      assertThat(Http.get(sluice.proxy().resolve(path)).statusCode()).isEqualTo(200);
    }
  }
}
