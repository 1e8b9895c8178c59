package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.admin.Browser.Page;
import io.sluice.store.Actor;
import io.sluice.store.AuditEntry;
import io.sluice.store.History.Transition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What has happened, from all places in one list. */
class ActivityPageIT {
  private PagesPlane plane;

  @BeforeEach
  void start() throws Exception {
    plane = new PagesPlane(Role.VIEWER);
  }

  @AfterEach
  void stop() {
    plane.close();
  }

  private static List<String> lines(Page page) {
    return page.html().select(".list .text").eachText();
  }

  private void transition(Instant at, String backend, String cause) {
    plane
        .api
        .store
        .history()
        .transitions(List.of(new Transition(at, "web", backend, "up", "down", cause)));
  }

  @Test
  void allPlacesAreMergedNewestFirst() throws Exception {
    transition(Instant.now().minusSeconds(60), "a", "before");
    plane.api.call(
        "PUT",
        "/pools/web/backends/b/admin-state",
        "{\"state\":\"drain\",\"reason\":\"kernel patch\"}");
    transition(Instant.now().plusSeconds(60), "a", "after");
    List<String> lines = lines(plane.get("/activity"));
    assertThat(lines.getFirst()).isEqualTo("a up → down: after");
    assertThat(lines.getLast()).isEqualTo("a up → down: before");
    assertThat(lines).anyMatch(line -> line.contains("backend b") && line.contains("kernel patch"));
    assertThat(lines).noneMatch(line -> line.contains("/api/v1"));

    Page operations = plane.get("/activity?kind=operation");
    assertThat(lines(operations)).anyMatch(line -> line.contains("drains b"));
    assertThat(operations.one(".list .end a").attr("href")).startsWith("/operations/");
    assertThat(lines(plane.get("/activity?kind=health"))).hasSize(2);
    assertThat(lines(plane.get("/activity?q=KERNEL"))).isNotEmpty();
    assertThat(plane.get("/activity?q=nowhere").text(".empty")).isEqualTo("Nothing that fits.");
    Page revision = plane.get("/activity?kind=revision&q=kernel");
    assertThat(revision.one(".list .end a").attr("href"))
        .isEqualTo("/configuration/diff?from=1&to=2");
  }

  @Test
  void theAuditIsForAdmins() throws Exception {
    assertThat(plane.browser.get("/activity?kind=audit").status()).isEqualTo(403);
    assertThat(plane.get("/activity").answer().body()).doesNotContain("forbidden");
    try (Browser admin = plane.signIn(Role.ADMIN)) {
      Page page = admin.get("/activity?kind=audit");
      assertThat(lines(page)).anyMatch(line -> line.contains("403 forbidden"));
    }
  }

  @Test
  void pagesNeitherRepeatNorLeaveOut() throws Exception {
    Instant noon = Instant.parse("2026-03-01T12:00:00Z");
    for (int i = 0; i < 150; i++) {
      transition(noon.plusSeconds(2L * i), "t" + i, "x");
      plane.api.store.audit().append(line(noon.plusSeconds(2L * i + 1), "call " + i));
    }
    try (Browser admin = plane.signIn(Role.ADMIN)) {
      List<String> all = new ArrayList<>();
      String next = "/activity";
      int pages = 0;
      while (!next.isEmpty()) {
        Page page = PagesPlane.good(admin.get(next));
        all.addAll(lines(page));
        next = page.has("a[rel=next]") ? page.one("a[rel=next]").attr("href") : "";
        pages++;
      }
      assertThat(pages).isGreaterThan(2);
      Set<String> own = new HashSet<>(all);
      for (int i = 0; i < 150; i++) {
        assertThat(own).contains("t" + i + " up → down: x", "ada call " + i + " applied");
      }
      assertThat(all.stream().filter(text -> text.contains("call ") || text.startsWith("t")))
          .doesNotHaveDuplicates();
      assertThat(admin.get("/activity?cursor=1%7C2").status()).isEqualTo(400);
    }
  }

  private static AuditEntry line(Instant at, String action) {
    return new AuditEntry(
        0,
        at,
        new Actor("ada", "admin", "session", "127.0.0.1"),
        action,
        null,
        null,
        null,
        "applied",
        null,
        null);
  }

  @Test
  void theFileForSpreadsheetsHoldsNoFormulas() throws Exception {
    transition(Instant.now(), "a", "=HYPERLINK(\"http://evil.example\")");
    plane.api.call(
        "PUT",
        "/pools/web/backends/b/admin-state",
        "{\"state\":\"maint\",\"reason\":\"=cmd|' /C calc'!A0\"}");
    Page file = PagesPlane.good(plane.browser.get("/activity.csv"));
    assertThat(file.answer().headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/csv");
    assertThat(file.answer().headers().firstValue("Content-Disposition").orElseThrow())
        .contains("attachment", "sluice-activity.csv");
    String[] lines = file.answer().body().split("\r\n", -1);
    assertThat(lines[0]).contains("\"at\",\"kind\",\"who\"");
    assertThat(file.answer().body()).contains("\"'=cmd|' /C calc'!A0\"").doesNotContain(",\"=");
    assertThat(plane.browser.get("/activity.csv?kind=health").answer().body().split("\r\n", -1))
        .hasSize(3);
  }
}
