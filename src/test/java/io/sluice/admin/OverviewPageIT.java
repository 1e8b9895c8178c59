package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.admin.Browser.Page;
import io.sluice.store.History.Transition;
import io.sluice.testing.Until;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The first page: one sentence, figures, what is wrong, what has happened. */
class OverviewPageIT {
  private static final String HOSTILE = "<img src=x onerror=alert(1)>";

  @Test
  void withoutBackendsItTeachesHowToBegin() throws Exception {
    try (PagesPlane plane = new PagesPlane(Role.ADMIN, "pools: []\nroutes: []\n")) {
      Page page = plane.get("/");
      assertThat(page.text("h1")).isEqualTo("No backend yet");
      assertThat(page.text(".empty")).contains("every request gets 404");
      assertThat(page.text(".empty pre"))
          .startsWith("curl -X PUT " + plane.api.uri("/api/v1/config"))
          .contains("If-Match: *", "pools:");
      assertThat(page.has(".tiles")).isFalse();
      assertThat(plane.get("/backends").text(".empty pre")).contains("curl");
    }
  }

  @Test
  void theCommandThatItTeachesIsOneThatWorks() throws Exception {
    try (PagesPlane plane = new PagesPlane(Role.ADMIN, "pools: []\nroutes: []\n")) {
      String command = plane.get("/").one(".empty pre").wholeText();
      String yaml = command.substring(command.indexOf("pools:"), command.lastIndexOf('\''));
      var put =
          plane.api.call(
              "PUT", "/config", yaml, "Content-Type", "application/yaml", "If-Match", "*");
      assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
      assertThat(plane.get("/").text("h1")).isEqualTo("The one backend takes traffic");
    }
  }

  @Test
  void whenAllIsWellOneSentenceSaysSo() throws Exception {
    try (PagesPlane plane = new PagesPlane(Role.VIEWER, PagesPlane.seed(3))) {
      Page page = plane.get("/");
      assertThat(page.text("h1")).isEqualTo("All 3 backends take traffic");
      assertThat(page.text(".head .sub")).contains("by file, revision 1");
      assertThat(page.html().select(".tile .key").eachText())
          .containsExactly("Requests", "Success", "Latency p95", "Active");
      assertThat(page.text("[aria-labelledby=attention]")).contains("Nothing:");
      assertThat(PagesPlane.cells(page, ".table.backends")).hasSize(4);
      assertThat(page.html().select("noscript meta[http-equiv=refresh]")).hasSize(1);
    }
  }

  @Test
  void whatIsNotWellIsNamedWithItsReason() throws Exception {
    try (ScriptedBackend good = ScriptedBackend.start("good");
        PagesPlane plane =
            new PagesPlane(
                Role.VIEWER,
                """
                pools:
                  - id: web
                    health-check: {type: tcp, interval: 50ms}
                    backends:
                      - {id: good, address: "127.0.0.1:%d"}
                      - {id: bad, address: "127.0.0.1:1"}
                      - {id: away, address: "127.0.0.1:2", admin-state: maint}
                routes:
                  - {id: all, match: {path: "/**"}, pool: web}
                """
                    .formatted(good.port()))) {
      Until.holds(
          "the backend to be seen down",
          () -> plane.get("/").text("h1").equals("1 of 3 backends take traffic"));
      Page page = plane.get("/");
      assertThat(page.text(".head .sub")).startsWith("1 down, 1 in maintenance · last change");
      List<String> troubles = page.html().select("[aria-labelledby=attention] li").eachText();
      assertThat(troubles).hasSize(2);
      assertThat(troubles.getFirst()).startsWith("down bad ").contains("refused");
      assertThat(troubles.getLast()).startsWith("maintenance away");
      assertThat(page.text("[data-key=web/bad] .state")).startsWith("down · ");
      assertThat(page.text("[data-key=web/bad] .why")).contains("refused");
      assertThat(page.text("[data-key=web/good] .why")).startsWith("passed in ");
    }
  }

  @Test
  void trafficIsSeenInTheFiguresAndItsShare() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start("a");
        PagesPlane plane =
            new PagesPlane(
                Role.VIEWER,
                ApiPlane.SEED
                    .replace("127.0.0.1:9001", "127.0.0.1:" + backend.port())
                    .replace("weight: 3", "weight: 0"));
        RawClient client = RawClient.connect(plane.api.trafficPort())) {
      client.send(Wire.head("GET /x HTTP/1.1", "Host: t"));
      assertThat(client.read().status()).isEqualTo(200);
      Until.holds(
          "the traffic's share",
          () -> plane.get("/").has(".bar svg[aria-label='actual: a 100 %']"));
      assertThat(plane.get("/").text("[data-key=web/b] .state")).isEqualTo("up · weight 0");
      Page page = plane.get("/backends/web/a");
      assertThat(page.text("[aria-labelledby=latency]")).contains("1 requests");
      assertThat(page.html().select(".histogram rect")).hasSize(1);
    }
  }

  @Test
  void textsOfOthersAreNeverMarkup() throws Exception {
    String seed =
        ApiPlane.SEED.replace("labels: {zone: north}", "labels: {zone: \"%s\"}".formatted(HOSTILE));
    try (PagesPlane plane = new PagesPlane(Role.ADMIN, seed)) {
      plane.api.call("PUT", "/pools/web/backends/b/admin-state", reasoned("maint"));
      plane
          .api
          .store
          .history()
          .transitions(List.of(new Transition(Instant.now(), "web", "a", "up", "down", HOSTILE)));
      for (String path : List.of("/", "/backends/web/a", "/activity", "/backends/web/a/edit")) {
        Page page = plane.get(path);
        assertThat(page.html().select("img, [onerror]")).as(path).isEmpty();
        assertThat(page.answer().body()).as(path).contains("&lt;img src=x");
      }
      Page refused = plane.browser.get("/backends?state=" + "%3Cimg%20src=x%3E");
      assertThat(refused.status()).isEqualTo(400);
      assertThat(refused.html().select("img")).isEmpty();
      assertThat(plane.get("/backends?q=%22%3E%3Cimg%20src=x%3E").html().select("img")).isEmpty();
      assertThat(plane.get("/activity?q=%22%3E%3Cimg%20src=x%3E").html().select("img")).isEmpty();
    }
  }

  private static String reasoned(String state) {
    return "{\"state\":\"%s\",\"reason\":\"%s\"}".formatted(state, HOSTILE);
  }

  @Test
  void theWallShowsTheWorstFirstAndNothingToPress() throws Exception {
    try (PagesPlane plane = new PagesPlane(Role.VIEWER, PagesPlane.seed(3))) {
      plane.api.call("POST", "/pools/web/backends/b3/drain", null);
      Page wall = plane.get("/wall");
      assertThat(wall.text("h1")).isEqualTo("2 of 3 backends take traffic");
      assertThat(wall.text(".cell")).isEqualTo("b3 drained 0 /s");
      assertThat(wall.html().select("form, button, main a")).isEmpty();
      assertThat(wall.has("noscript meta[http-equiv=refresh]")).isTrue();
    }
  }
}
