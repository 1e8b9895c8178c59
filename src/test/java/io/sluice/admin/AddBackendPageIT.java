package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.admin.Browser.Page;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.testkit.ScriptedBackend;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Backends are added after a probe, and several are changed at once. */
class AddBackendPageIT {
  private static final String NEW = "/backends/new";

  @Test
  void whatAnswersIsAdded() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start("c");
        PagesPlane plane = new PagesPlane(Role.OPERATOR)) {
      Page form = plane.get(NEW);
      String address = "127.0.0.1:" + backend.port();
      Page probed =
          PagesPlane.good(
              plane.browser.submit(form, NEW, "address", address, "id", "c", "step", "probe"));
      assertThat(probed.text("[aria-labelledby=probe]")).contains("answers");
      assertThat(plane.find("c")).isNull();
      Page added =
          plane.done(
              probed, NEW, "weight", "4", "labels", "zone=east", "reason", "more", "step", "add");
      assertThat(added.text("h1")).isEqualTo("c");
      assertThat(added.text("[role=status]")).isEqualTo("The backend is added.");
      assertThat(plane.backend("c").weight()).isEqualTo(4);
      assertThat(plane.backend("c").labels()).containsEntry("zone", "east");
      assertThat(plane.api.reconciler.inForce().revision().reason()).isEqualTo("more");
    }
  }

  @Test
  void whatDoesNotAnswerIsAddedOnlyWhenToldSo() throws Exception {
    try (PagesPlane plane = new PagesPlane(Role.OPERATOR)) {
      Page refused =
          plane.browser.submit(
              plane.get(NEW), NEW, "address", "127.0.0.1:1", "id", "c", "step", "add");
      assertThat(refused.status()).isEqualTo(422);
      assertThat(refused.text("[aria-labelledby=probe]")).contains("does not answer", "refused");
      assertThat(plane.find("c")).isNull();
      assertThat(refused.one("#address").val()).isEqualTo("127.0.0.1:1");
      plane.done(refused, NEW, "maint", "true", "step", "anyway");
      assertThat(plane.backend("c").adminState()).isEqualTo(AdminState.MAINT);
    }
  }

  @Test
  void anAddressThatIsTakenOrWrongIsTold() throws Exception {
    try (PagesPlane plane = new PagesPlane(Role.OPERATOR)) {
      Page taken =
          plane.browser.submit(
              plane.get(NEW), NEW, "address", "127.0.0.1:9001", "id", "c", "step", "anyway");
      assertThat(taken.status()).isEqualTo(409);
      assertThat(taken.has("[role=alert]")).isTrue();
      Page wrong =
          plane.browser.submit(plane.get(NEW), NEW, "address", "not an address", "step", "add");
      assertThat(wrong.status()).isEqualTo(422);
      assertThat(wrong.text("#address-error")).isNotEmpty();
    }
  }

  private static Page bulk(PagesPlane plane, Browser browser, List<String> fields)
      throws Exception {
    List<String> all = new ArrayList<>(fields);
    all.add("_csrf");
    all.add(plane.get("/backends").one("body").attr("data-csrf"));
    return browser.send(browser.postAll("/backends/bulk", all));
  }

  @Test
  void severalAreDrainedAfterTheirImpactTogetherWasSeen() throws Exception {
    try (PagesPlane plane = new PagesPlane(Role.OPERATOR, PagesPlane.seed(4))) {
      List<String> two = List.of("action", "drain", "id", "web/b1", "id", "web/b2");
      Page asked = PagesPlane.good(bulk(plane, plane.browser, two));
      assertThat(asked.text("h1")).isEqualTo("Drain 2 backends?");
      assertThat(PagesPlane.cells(asked, ".impact"))
          .contains(List.of("b3", "25 %", "50 %", "0", "0", "+100 %"));
      assertThat(plane.backend("b1").adminState()).isEqualTo(AdminState.READY);

      List<String> confirmed = new ArrayList<>(two);
      confirmed.addAll(List.of("confirmed", "true", "reason", "rack move"));
      Page done = PagesPlane.good(plane.browser.follow(bulk(plane, plane.browser, confirmed)));
      assertThat(done.text("[role=status]")).isEqualTo("All chosen backends are changed.");
      assertThat(plane.backend("b1").adminState()).isEqualTo(AdminState.DRAIN);
      assertThat(plane.backend("b2").adminState()).isEqualTo(AdminState.DRAIN);
      assertThat(plane.backend("b3").adminState()).isEqualTo(AdminState.READY);
    }
  }

  @Test
  void whatIsRefusedForOneIsToldAndTheOthersAreDone() throws Exception {
    try (PagesPlane plane = new PagesPlane(Role.OPERATOR)) {
      List<String> all = new ArrayList<>(List.of("action", "maint", "id", "web/a", "id", "web/b"));
      assertThat(bulk(plane, plane.browser, all).text(".guard")).contains("no backend left");
      all.addAll(List.of("confirmed", "true"));
      Page refused = bulk(plane, plane.browser, all);
      assertThat(refused.status()).isEqualTo(409);
      assertThat(refused.text("[aria-labelledby=refusals]")).contains("b ", "no backend left");
      assertThat(plane.backend("a").adminState()).isEqualTo(AdminState.MAINT);
      assertThat(plane.backend("b").adminState()).isEqualTo(AdminState.READY);
      assertThat(refused.html().select("input[name=id]").eachAttr("value"))
          .containsExactly("web/b");
      Page forced = plane.done(refused, "/backends/bulk", "confirm", "force");
      assertThat(forced.text("[role=status]")).isEqualTo("All chosen backends are changed.");
      assertThat(plane.backend("b").adminState()).isEqualTo(AdminState.MAINT);
    }
  }
}
