package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.admin.Browser.Page;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.control.Operation;
import io.sluice.store.AuditEntry;
import io.sluice.store.Revision;
import io.sluice.testkit.ScriptedBackend;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What forms do to a backend, without any script. */
class BackendActionsIT {
  private static final String A = "/backends/web/a";

  private PagesPlane plane;

  @BeforeEach
  void start() throws Exception {
    plane = new PagesPlane(Role.OPERATOR);
  }

  @AfterEach
  void stop() {
    plane.close();
  }

  private Revision revision() {
    return plane.api.reconciler.inForce().revision();
  }

  private Operation operation() {
    return plane.api.plane.part(Management.class, "management").operations().list().getFirst();
  }

  @Test
  void aDrainIsAskedForWithItsImpactAndFollowed() throws Exception {
    Page form = plane.get(A + "/drain");
    assertThat(form.text("h1")).isEqualTo("Drain a?");
    assertThat(PagesPlane.cells(form, ".impact"))
        .containsExactly(
            List.of("a", "25 %", "0 %", "0", "0", "takes no more"),
            List.of("b", "75 %", "100 %", "0", "0", "+33 %"));
    assertThat(form.has("input[name=confirm]")).as("no guard is violated").isFalse();

    Page after =
        plane.done(
            form,
            A + "/drain",
            "deadline",
            "10 min",
            "atDeadline",
            "close",
            "revertAfter",
            "1h",
            "reason",
            "kernel patch");
    assertThat(after.text("[role=status]")).startsWith("The backend drains");
    assertThat(after.text(".head .sub")).contains("kernel patch");
    assertThat(plane.backend("a").adminState()).isEqualTo(AdminState.DRAIN);
    assertThat(revision().reason()).isEqualTo("kernel patch");
    Operation operation = operation();
    assertThat(operation.atDeadline()).isEqualTo(Operation.AtDeadline.CLOSE);
    assertThat(Objects.requireNonNull(operation.deadline()))
        .isEqualTo(operation.startedAt().plusSeconds(600));
    assertThat(operation.revertAt()).isEqualTo(operation.startedAt().plusSeconds(3600));

    Page undone = plane.done(after, A + "/ready");
    assertThat(undone.text("[role=status]")).isEqualTo("The backend is ready.");
    assertThat(plane.backend("a").adminState()).isEqualTo(AdminState.READY);
    assertThat(plane.api.audit())
        .extracting(AuditEntry::action)
        .contains("PUT /api/v1/pools/web/backends/a/admin-state");
  }

  @Test
  void whatCannotBeReadStandsAtItsFieldAndNothingIsLost() throws Exception {
    Page wrong =
        plane.browser.submit(
            plane.get(A + "/drain"), A + "/drain", "deadline", "soon", "reason", "why not");
    assertThat(wrong.status()).isEqualTo(422);
    assertThat(wrong.text("#deadline-error")).contains("expected a duration");
    assertThat(wrong.one("#deadline").attr("aria-invalid")).isEqualTo("true");
    assertThat(wrong.one("#deadline").attr("aria-describedby")).contains("deadline-error");
    assertThat(wrong.one("#deadline").val()).isEqualTo("soon");
    assertThat(wrong.one("#reason").val()).isEqualTo("why not");
    assertThat(wrong.text("[role=alert]"))
        .contains(wrong.answer().headers().firstValue("X-Request-Id").orElseThrow());
    assertThat(revision().number()).isEqualTo(1);
  }

  @Test
  void theLastBackendIsTakenOutOnlyByItsNameTypedIn() throws Exception {
    plane.done(plane.get("/backends/web/b/maint"), "/backends/web/b/maint", "reason", "disk");
    assertThat(revision().reason()).isEqualTo("disk");
    Page form = plane.get(A + "/maint");
    assertThat(form.text(".guard")).contains("would have no backend left");

    Page refused = plane.browser.submit(form, A + "/maint");
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.text("[role=alert]")).contains("no backend left");
    Page mistyped = plane.browser.submit(refused, A + "/maint", "confirm", "b");
    assertThat(mistyped.status()).isEqualTo(422);
    assertThat(mistyped.text("#confirm-error")).isEqualTo("type a to force it");
    assertThat(plane.backend("a").adminState()).isEqualTo(AdminState.READY);

    Page forced = plane.done(mistyped, A + "/maint", "confirm", "a");
    assertThat(forced.text("[role=status]")).startsWith("The backend is in maintenance.");
    assertThat(plane.backend("a").adminState()).isEqualTo(AdminState.MAINT);
    assertThat(plane.get("/").text("h1")).isEqualTo("0 of 2 backends take traffic");
  }

  @Test
  void aRemovalIsOfWhatWasSeen() throws Exception {
    Page form = plane.get("/backends/web/b/remove");
    plane.api.call("PATCH", "/pools/web/backends/b", "{\"weight\":9}", "If-Match", "*");
    Page stale = plane.browser.submit(form, "/backends/web/b/remove", "drain", "0s");
    assertThat(stale.status()).isEqualTo(412);
    assertThat(stale.text("[role=alert]")).contains("has changed since it was read");
    Page gone = plane.done(stale, "/backends/web/b/remove", "drain", "0s", "reason", "scrapped");
    assertThat(gone.text("[role=status]")).isEqualTo("The backend is removed.");
    assertThat(plane.find("b")).isNull();
    assertThat(revision().reason()).isEqualTo("scrapped");
  }

  @Test
  void aRemovalThatDrainsIsFollowed() throws Exception {
    Page after = plane.done(plane.get("/backends/web/b/remove"), "/backends/web/b/remove");
    assertThat(after.text("[role=status]")).startsWith("The backend is drained, then removed");
    assertThat(operation().kind()).isEqualTo(Operation.Kind.REMOVE);
  }

  @Test
  void anEditShowsItsImpactAndIsMade() throws Exception {
    Page form = plane.get(A + "/edit");
    Page preview =
        PagesPlane.good(plane.browser.submit(form, A + "/edit", "weight", "9", "step", "preview"));
    assertThat(PagesPlane.cells(preview, ".impact"))
        .contains(List.of("a", "25 %", "75 %", "0", "0", "+200 %"));
    assertThat(plane.backend("a").weight()).isEqualTo(1);
    assertThat(preview.one("#weight").val()).isEqualTo("9");

    plane.done(preview, A + "/edit", "labels", "zone=south\nrack=7", "step", "save");
    assertThat(plane.backend("a").weight()).isEqualTo(9);
    assertThat(plane.backend("a").labels())
        .containsOnly(Map.entry("zone", "south"), Map.entry("rack", "7"));
    plane.done(plane.get(A), A + "/edit", "labels", "", "step", "save");
    assertThat(plane.backend("a").labels()).isEmpty();
  }

  @Test
  void wrongValuesStandAtTheirFields() throws Exception {
    Page form = plane.get(A + "/edit");
    Page wrong = plane.browser.submit(form, A + "/edit", "weight", "many", "step", "save");
    assertThat(wrong.status()).isEqualTo(422);
    assertThat(wrong.text("#weight-error")).isNotEmpty();
    assertThat(wrong.one("#weight").val()).isEqualTo("many");
    Page labels = plane.browser.submit(form, A + "/edit", "labels", "nonsense", "step", "save");
    assertThat(labels.status()).isEqualTo(422);
    assertThat(labels.text("#labels-error")).isEqualTo("expected lines of name=value");
    assertThat(labels.one("#labels").val()).isEqualTo("nonsense");
  }

  @Test
  void whoWasSlowerSeesWhoWasFasterAndCanApplyOverIt() throws Exception {
    Page form = plane.get(A + "/edit");
    try (Browser other = plane.signIn(Role.ADMIN)) {
      Page theirs = other.get(A + "/edit");
      assertThat(other.submit(theirs, A + "/edit", "weight", "5", "step", "save").status())
          .isEqualTo(303);
    }
    Page stale = plane.browser.submit(form, A + "/edit", "weight", "7", "step", "save");
    assertThat(stale.status()).isEqualTo(412);
    assertThat(stale.text("#stale")).startsWith("admin-").endsWith(" was faster");
    assertThat(PagesPlane.cells(stale, ".impact")).containsExactly(List.of("Weight", "7", "5"));
    assertThat(stale.one("#weight").val()).as("mine is kept").isEqualTo("7");
    assertThat(plane.backend("a").weight()).isEqualTo(5);

    plane.done(stale, A + "/edit", "step", "save");
    assertThat(plane.backend("a").weight()).isEqualTo(7);
  }

  @Test
  void aCheckShowsItsSteps() throws Exception {
    Page failed = PagesPlane.good(plane.browser.submit(plane.get(A), A + "/check"));
    assertThat(failed.text("[aria-labelledby=probe]")).contains("does not answer", "failed");
    try (ScriptedBackend backend = ScriptedBackend.start("a")) {
      String here = "{\"address\":\"127.0.0.1:%d\"}".formatted(backend.port());
      plane.api.call("PATCH", "/pools/web/backends/a", here, "If-Match", "*");
      Page passed = PagesPlane.good(plane.browser.submit(plane.get(A), A + "/check"));
      assertThat(passed.text("[aria-labelledby=probe]")).contains("answers", "tcp passed");
    }
  }

  @Test
  void anAdminSeesWhoDidWhatToIt() throws Exception {
    plane.done(plane.get(A + "/maint"), A + "/maint", "reason", "new disk");
    assertThat(plane.get(A).has("#audit")).isFalse();
    try (Browser admin = plane.signIn(Role.ADMIN)) {
      assertThat(PagesPlane.cells(admin.get(A), "[aria-labelledby=audit] table").getFirst())
          .contains("PUT /api/v1/pools/web/backends/a/admin-state", "applied", "new disk");
    }
  }
}
