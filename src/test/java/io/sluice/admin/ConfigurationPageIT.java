package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.admin.Browser.Page;
import io.sluice.config.SnapshotDocument;
import io.sluice.store.AuditEntry;
import io.sluice.store.Revision;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The configuration by forms: read, edit, compare, go back. */
class ConfigurationPageIT {
  private static final String EDIT = "/configuration/edit";

  private PagePlane plane;
  private Browser admin;

  @BeforeEach
  void start() throws Exception {
    plane = new PagePlane();
    admin = plane.browser(Role.ADMIN);
  }

  @AfterEach
  void stop() {
    admin.close();
    plane.close();
  }

  private String yaml() {
    return SnapshotDocument.toYaml(plane.reconciler.inForce().snapshot());
  }

  private Revision revision() {
    return plane.reconciler.inForce().revision();
  }

  private Page submit(Page page, String action, String yaml, String... more) throws Exception {
    String[] fields = new String[more.length + 4];
    System.arraycopy(new String[] {"action", action, "yaml", yaml}, 0, fields, 0, 4);
    System.arraycopy(more, 0, fields, 4, more.length);
    return admin.submit(page, EDIT, fields);
  }

  @Test
  void whatIsInForceIsShownAndDownloaded() throws Exception {
    Page page = admin.get("/configuration");
    assertThat(page.one("pre.lines").wholeText()).isEqualTo(yaml());
    Page file = admin.get("/configuration?download=true");
    assertThat(file.answer().body()).isEqualTo(yaml());
    assertThat(file.answer().headers().firstValue("Content-Disposition"))
        .hasValue("attachment; filename=\"sluice-revision-1.yaml\"");
  }

  @Test
  void anEditIsCheckedThenAppliedAsTheApiWould() throws Exception {
    Page page = admin.get(EDIT);
    String wanted =
        yaml().replace("address: 127.0.0.1:9001", "address: 127.0.0.1:9001\n        weight: 4");
    Page checked = submit(page, "validate", wanted);
    assertThat(checked.status()).isEqualTo(200);
    assertThat(checked.text("#effect-title")).isEqualTo("It can be applied");
    assertThat(checked.text("table.diff .added")).isEqualTo("weight: 4");
    assertThat(revision().number()).as("nothing has changed").isEqualTo(1);

    Page applied = submit(checked, "apply", wanted, "reason", "more for a");
    assertThat(applied.location()).isEqualTo("/configuration?done=applied");
    assertThat(revision())
        .satisfies(
            made -> {
              assertThat(made.number()).isEqualTo(2);
              assertThat(made.author()).isEqualTo("admin");
              assertThat(made.source()).isEqualTo("dashboard");
              assertThat(made.reason()).isEqualTo("more for a");
            });
    assertThat(plane.audit()).extracting(AuditEntry::action).contains("PUT /api/v1/config");
    Page same = submit(admin.get(EDIT), "apply", yaml());
    assertThat(same.location()).isEqualTo("/configuration?done=unchanged");
    assertThat(revision().number()).isEqualTo(2);
  }

  @Test
  void mistakesAreToldWithTheirLines() throws Exception {
    String wrong = yaml().replace("127.0.0.1:9002", "127.0.0.1:99999");
    int line = LineDiff.lines(wrong).indexOf("        address: 127.0.0.1:99999") + 1;
    assertThat(line).isPositive();
    for (String action : new String[] {"validate", "apply"}) {
      Page page = submit(admin.get(EDIT), action, wrong);
      assertThat(page.status()).isEqualTo(action.equals("apply") ? 422 : 200);
      assertThat(page.text(".list li")).contains("line " + line, "/pools/0/backends/1/address");
      assertThat(page.one("textarea").wholeText()).isEqualTo(wrong);
      assertThat(page.one("textarea").attr("aria-invalid")).isEqualTo("true");
    }
    assertThat(submit(admin.get(EDIT), "validate", "pools: [").text(".list li")).contains("line 1");
    assertThat(revision().number()).isEqualTo(1);
  }

  @Test
  void aGuardIsOverriddenOnlyWithAReason() throws Exception {
    String wanted = yaml().replaceFirst("( +)address: 127.0.0.1:9003", "$0\n$1admin-state: maint");
    Page refused = submit(admin.get(EDIT), "apply", wanted);
    assertThat(refused.status()).as(refused.answer().body()).isEqualTo(409);
    assertThat(refused.text("[role=alert]")).contains("Pool api would have no backend left");
    assertThat(submit(admin.get(EDIT), "validate", wanted).text("#effect-title"))
        .isEqualTo("Valid, but a guard refuses it");
    Page noReason = submit(refused, "apply", wanted, "force", "true");
    assertThat(noReason.status()).isEqualTo(400);
    assertThat(noReason.text("#reason-error")).contains("says why");
    assertThat(revision().number()).isEqualTo(1);
    Page forced = submit(refused, "apply", wanted, "force", "true", "reason", "the night shift");
    assertThat(forced.status()).isEqualTo(303);
    assertThat(revision().reason()).isEqualTo("the night shift");
  }

  @Test
  void twoEditsOfDifferentLinesAreBroughtTogether() throws Exception {
    Page page = admin.get(EDIT);
    String mine = yaml().replace("id: api", "id: backoffice");
    plane.weigh("web", "a", 9);
    Page stale = submit(page, "apply", mine);
    assertThat(stale.status()).isEqualTo(412);
    assertThat(stale.text("main")).contains("Somebody was faster", "admin-token made revision 2");
    String both = stale.one("textarea").wholeText();
    assertThat(both).contains("weight: 9", "id: backoffice");
    assertThat(revision().number()).as("nothing was overwritten").isEqualTo(2);
    Page applied = submit(stale, "apply", both);
    assertThat(applied.status()).as(applied.answer().body()).isEqualTo(303);
    assertThat(yaml()).contains("weight: 9", "id: backoffice");
  }

  @Test
  void twoEditsOfOneLineAreLeftToThePersonWhoSeesBoth() throws Exception {
    plane.weigh("web", "a", 5);
    Page page = admin.get(EDIT);
    String mine = yaml().replace("weight: 5", "weight: 6");
    plane.weigh("web", "a", 9);
    Page stale = submit(page, "apply", mine);
    assertThat(stale.status()).isEqualTo(412);
    assertThat(stale.text("main")).contains("undoes theirs");
    assertThat(stale.one("textarea").wholeText()).isEqualTo(mine);
    assertThat(stale.text("table.diff .removed")).contains("weight: 9");
    assertThat(submit(stale, "apply", mine).status()).isEqualTo(303);
    assertThat(yaml()).contains("weight: 6");
  }

  @Test
  void theHistoryTellsWhoDidWhatAndLeadsToTheDifference() throws Exception {
    plane.weigh("web", "a", 5, "Change-Reason", "a is new");
    Page history = admin.get("/configuration/history");
    assertThat(history.text("tbody tr")).contains("2", "admin-token", "api", "a is new");
    Page diff = admin.get("/configuration/diff?from=1&to=2");
    assertThat(history.has("a[href='/configuration/diff?from=1&to=2']")).isTrue();
    assertThat(diff.text(".added")).isEqualTo("weight: 5");
    assertThat(admin.get("/configuration/diff?from=1&to=77").status()).isEqualTo(404);
    assertThat(admin.get("/configuration/diff?from=x&to=1").status()).isEqualTo(400);
  }

  @Test
  void aLongHistoryHasPages() throws Exception {
    for (int weight = 2; weight <= 6; weight++) {
      plane.weigh("web", "a", weight);
    }
    Page first = admin.get("/configuration/history?limit=4");
    assertThat(numbers(first)).containsExactly("6", "5", "4", "3");
    Page second = admin.get(first.one("footer a").attr("href"));
    assertThat(numbers(second)).containsExactly("2", "1");
    assertThat(second.text("footer")).isEqualTo("Newest");
    assertThat(admin.get("/configuration/history?cursor=x").status()).isEqualTo(400);
  }

  private static List<String> numbers(Page history) {
    return history.html().select("tbody th").eachText();
  }

  @Test
  void theLastChangeIsRolledBackAtOnceAndOlderOnesByTypingTheNumber() throws Exception {
    plane.weigh("web", "a", 5);
    Page ask = admin.get("/configuration/rollback/1");
    assertThat(ask.has("input[name=confirm]")).isFalse();
    assertThat(ask.text("table.impact")).contains("web");
    Page done = admin.submit(ask, "/configuration/rollback/1", "reason", "a was too slow");
    assertThat(done.location()).isEqualTo("/configuration?done=rolled-back");
    assertThat(yaml()).doesNotContain("weight: 5");
    assertThat(revision().source()).isEqualTo("rollback");
    assertThat(revision().reason()).isEqualTo("a was too slow");

    Page far = admin.get("/configuration/rollback/1");
    Page untyped = admin.submit(far, "/configuration/rollback/1");
    assertThat(untyped.status()).isEqualTo(400);
    assertThat(untyped.text("#confirm-error")).contains("type 1");
    assertThat(admin.submit(far, "/configuration/rollback/1", "confirm", "1").status())
        .isEqualTo(303);
    assertThat(admin.get("/configuration/rollback/77").status()).isEqualTo(404);
  }
}
