package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.admin.Browser.Page;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.control.Operation;
import io.sluice.control.Operations;
import io.sluice.testing.Until;
import io.sluice.testkit.Held;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A drain with a request in flight, followed and changed by forms. */
class OperationPageIT {
  private static final String DRAIN = "/backends/web/a/drain";
  private static final String REMOVE = "/backends/web/a/remove";

  private final Held held = new Held();
  private ScriptedBackend backend;
  private PagesPlane plane;
  private RawClient client;

  @BeforeEach
  void start() throws Exception {
    backend = ScriptedBackend.start("a").on("/held", held);
    plane =
        new PagesPlane(
            Role.OPERATOR,
            ApiPlane.SEED
                .replace("127.0.0.1:9001", "127.0.0.1:" + backend.port())
                .replace("weight: 3", "weight: 0"));
    client = RawClient.connect(plane.api.trafficPort());
    client.send(Wire.head("GET /held HTTP/1.1", "Host: t"));
    held.awaitArrivals(1);
    plane.api.call("PATCH", "/pools/web/backends/b", "{\"weight\":1}", "If-Match", "*");
  }

  @AfterEach
  void stop() throws Exception {
    held.release("/held");
    client.close();
    plane.close();
    backend.close();
  }

  private Operation operation() {
    Operations operations = plane.api.plane.part(Management.class, "management").operations();
    return operations.list().getFirst();
  }

  private Page drain(String... filled) throws Exception {
    Page form = plane.get(DRAIN);
    assertThat(form.text("main p")).contains("1 request in flight finish first");
    return plane.done(form, DRAIN, filled);
  }

  private String path(String action) {
    return "/operations/" + operation().id() + "/" + action;
  }

  @Test
  void itSaysWhatIsLeftAndComesToItsEnd() throws Exception {
    Page page = drain("reason", "patch");
    assertThat(page.text("h1")).isEqualTo("a drains");
    assertThat(page.text(".labels b")).isEqualTo("1 of 1 left");
    assertThat(page.has("noscript meta[http-equiv=refresh]")).isTrue();
    assertThat(plane.get("/backends").text("[data-key=web/a] .state"))
        .isEqualTo("draining · 1 left");
    assertThat(plane.get("/").text("[aria-labelledby=attention] li"))
        .startsWith("draining a 1 of 1 left");
    held.release("/held");
    assertThat(client.read().status()).isEqualTo(200);
    String operation = "/operations/" + operation().id();
    Until.holds("the drain's end", () -> plane.get(operation).text("h1").equals("a is drained"));
    Page ended = plane.get(operation);
    assertThat(ended.html().select("main form").eachAttr("action"))
        .containsExactly("/backends/web/a/ready");
    assertThat(ended.has("noscript meta[http-equiv=refresh]")).isFalse();
    Page late =
        plane.browser.send(
            plane.browser.postAll(
                operation + "/extend", List.of("_csrf", ended.one("body").attr("data-csrf"))));
    assertThat(late.status()).isEqualTo(409);
    assertThat(late.text("[role=alert]")).contains("has ended");
  }

  @Test
  void itGetsFiveMinutesMoreAndKeepsTheRest() throws Exception {
    Page page = drain("deadline", "10m", "atDeadline", "close", "revertAfter", "2h");
    Operation before = operation();
    Page extended = plane.done(page, path("extend"));
    assertThat(extended.text("[role=status]")).contains("five minutes more");
    Operation after = operation();
    assertThat(after.id()).isEqualTo(before.id());
    assertThat(after.atDeadline()).isEqualTo(Operation.AtDeadline.CLOSE);
    Duration more =
        Duration.between(
            Objects.requireNonNull(before.deadline()), Objects.requireNonNull(after.deadline()));
    assertThat(more).isBetween(Duration.ofSeconds(298), Duration.ofSeconds(302));
    Duration revert =
        Duration.between(
            Objects.requireNonNull(before.revertAt()), Objects.requireNonNull(after.revertAt()));
    assertThat(revert.abs()).isLessThan(Duration.ofSeconds(3));
  }

  @Test
  void whatIsLeftIsClosedWhenToldSo() throws Exception {
    Page page = drain("deadline", "");
    assertThat(operation().deadline()).isNull();
    Page closed = plane.done(page, path("finish"));
    assertThat(closed.text("[role=status]")).isEqualTo("What was left is closed.");
    String operation = "/operations/" + operation().id();
    Until.holds("the drain's end", () -> plane.get(operation).text("h1").equals("a is drained"));
    assertThat(plane.backend("a").adminState()).isEqualTo(AdminState.DRAIN);
  }

  @Test
  void itIsCalledOffAndTheBackendIsReadyAgain() throws Exception {
    plane.done(drain(), "/backends/web/a/ready");
    assertThat(plane.get("/operations/" + operation().id()).text("h1"))
        .isEqualTo("a: drain called off");
    assertThat(plane.backend("a").adminState()).isEqualTo(AdminState.READY);
  }

  @Test
  void aRemovalIsCalledOffAndTheBackendStays() throws Exception {
    Page page = plane.done(plane.get(REMOVE), REMOVE);
    Page off = plane.done(page, path("cancel"));
    assertThat(off.text("h1")).isEqualTo("a: removal called off");
    assertThat(plane.backend("a").adminState()).isEqualTo(AdminState.READY);
  }
}
