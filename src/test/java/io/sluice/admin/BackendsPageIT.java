package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.admin.Browser.Page;
import io.sluice.testing.Until;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The table of backends: filtered, sorted and paged by the address. */
class BackendsPageIT {
  private static List<String> names(Page page) {
    return page.html().select(".table.backends .name").eachText();
  }

  @Test
  void backendsAreGroupedByPoolWithWhatIsWantedOfThem() throws Exception {
    try (PagesPlane plane = new PagesPlane(Role.VIEWER)) {
      Page page = plane.get("/backends");
      assertThat(page.text(".head .sub")).isEqualTo("2 in 1 pool");
      assertThat(page.text("tr.group"))
          .isEqualTo("web · round-robin · no checks · 2 of 2 take traffic");
      assertThat(PagesPlane.cells(page, ".table.backends").get(2))
          .containsExactly(
              "b127.0.0.1:9002", "up, unchecked", "3", "0", "–", "–", "–", "–", "0", "no checks");
    }
  }

  @Test
  void theAddressFiltersAndSorts() throws Exception {
    try (PagesPlane plane = new PagesPlane(Role.VIEWER)) {
      assertThat(names(plane.get("/backends?q=north"))).containsExactly("a");
      assertThat(names(plane.get("/backends?sort=-weight"))).containsExactly("b", "a");
      assertThat(names(plane.get("/backends?sort=weight"))).containsExactly("a", "b");
      assertThat(names(plane.get("/backends?sort=-name"))).containsExactly("b", "a");
      plane.api.call("POST", "/pools/web/backends/a/drain", null);
      assertThat(names(plane.get("/backends?state=drain"))).containsExactly("a");
      assertThat(names(plane.get("/backends?sort=state"))).containsExactly("a", "b");
      Page none = plane.get("/backends?q=nothing");
      assertThat(none.text(".empty")).startsWith("No backend fits the filter.");
      assertThat(none.one("input[name=q]").val()).isEqualTo("nothing");
      Page sorted = plane.get("/backends?q=b&sort=-weight");
      assertThat(sorted.one("th[aria-sort=descending] a").attr("href"))
          .isEqualTo("/backends?q=b&sort=weight");
      for (String wrong : List.of("sort=colour", "state=colour", "cursor=x")) {
        assertThat(plane.browser.get("/backends?" + wrong).status()).as(wrong).isEqualTo(400);
      }
    }
  }

  @Test
  void manyBackendsComeByPages() throws Exception {
    try (PagesPlane plane = new PagesPlane(Role.OPERATOR, PagesPlane.seed(300))) {
      Page first = plane.get("/backends");
      assertThat(names(first)).hasSize(200);
      assertThat(first.text("footer")).contains("1 to 200 of 300");
      assertThat(first.has("a[rel=prev]")).isFalse();
      Page second = plane.get(first.one("a[rel=next]").attr("href"));
      assertThat(names(second)).hasSize(100).doesNotContainAnyElementsOf(names(first));
      assertThat(second.has("a[rel=next]")).isFalse();
      assertThat(names(plane.get(second.one("a[rel=prev]").attr("href")))).isEqualTo(names(first));
      assertThat(plane.get("/").text("h1")).isEqualTo("All 300 backends take traffic");
    }
  }

  @Test
  void aViewerSeesNoControlsAndAnOperatorDoes() throws Exception {
    try (PagesPlane plane = new PagesPlane(Role.VIEWER);
        Browser operator = plane.signIn(Role.OPERATOR)) {
      for (String path : List.of("/", "/backends", "/backends/web/a")) {
        Page page = plane.get(path);
        assertThat(page.html().select("main form[method=post], main [data-action]"))
            .as(path)
            .isEmpty();
        assertThat(operator.get(path).html().select("main [data-action]")).as(path).isNotEmpty();
      }
      assertThat(operator.get("/backends").has(".toolbar button[name=action]")).isTrue();
      String csrf = plane.get("/").one("body").attr("data-csrf");
      for (String path :
          List.of(
              "/backends/new",
              "/backends/bulk",
              "/backends/web/a/drain",
              "/backends/web/a/edit",
              "/operations/x/cancel")) {
        Page page = plane.browser.send(plane.browser.postAll(path, List.of("_csrf", csrf)));
        assertThat(page.status()).as(path).isEqualTo(403);
      }
      assertThat(plane.browser.get("/backends/web/a/drain").status()).isEqualTo(403);
      assertThat(plane.api.reconciler.inForce().revision().number()).isEqualTo(1);
    }
  }

  @Test
  void whatIsNotThereIsNotFound() throws Exception {
    try (PagesPlane plane = new PagesPlane(Role.ADMIN)) {
      for (String path :
          List.of(
              "/backends/web/none",
              "/backends/none/a",
              "/backends/web/a/fly",
              "/backends/web/none/drain",
              "/operations/none")) {
        assertThat(plane.browser.get(path).status()).as(path).isEqualTo(404);
      }
    }
  }

  @Test
  void aNameThatStandsForNothingSaysWhy() throws Exception {
    String seed = PagesPlane.seed(1).replace("127.0.0.1:20001", "nothing.invalid:80");
    try (PagesPlane plane = new PagesPlane(Role.VIEWER, seed)) {
      Until.holds(
          "the page of the backend tells what DNS says",
          () -> {
            Page page = plane.get("/backends/web/b1");
            return page.has("dd.text-bad")
                && page.text("dd.text-bad").contains("cannot be resolved now");
          });
      assertThat(PagesPlane.cells(plane.get("/backends"), ".table.backends").getLast().getLast())
          .contains("cannot be resolved now");
    }
  }
}
