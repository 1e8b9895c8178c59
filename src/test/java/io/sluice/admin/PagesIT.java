package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.admin.Browser.Page;
import io.sluice.config.Configuration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jsoup.nodes.Attribute;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.Test;

/** What holds of every page, whoever sees it. */
class PagesIT {
  private static final String HOSTILE = "<img src=x onerror=alert(1)>\"'</script>";

  /** Pages that everybody with a session sees. */
  private static final List<String> SEEN =
      List.of(
          "/",
          "/wall",
          "/welcome",
          "/backends",
          "/backends?q=nothing-like-this",
          "/backends/web/a",
          "/activity",
          "/configuration",
          "/configuration/history",
          "/configuration/diff?from=1&to=3",
          "/access",
          "/system",
          "/no-such-page");

  private static final List<String> OF_ADMINS =
      List.of(
          "/backends/new",
          "/backends/web/a/drain",
          "/backends/web/a/maint",
          "/backends/web/a/ready",
          "/backends/web/a/edit",
          "/backends/web/a/remove",
          "/configuration/edit",
          "/configuration/rollback/1",
          "/access?user=viewer",
          "/access?token=none");

  @Test
  void everyPageIsWhole() throws Exception {
    try (PagePlane plane = new PagePlane()) {
      prepare(plane);
      List<String> wrong = new ArrayList<>();
      try (Browser nobody = new Browser(plane.uri("/"))) {
        wrong.addAll(faults("nobody /login", nobody.get("/login")));
      }
      for (Role role : Role.values()) {
        try (Browser browser = plane.browser(role)) {
          Stream<String> pages =
              role == Role.ADMIN ? Stream.concat(SEEN.stream(), OF_ADMINS.stream()) : SEEN.stream();
          for (String path : pages.toList()) {
            Page page = browser.get(path);
            assertThat(page.status()).as(path).isIn(200, 404);
            wrong.addAll(faults(role + " " + path, page));
          }
        }
      }
      assertThat(wrong).isEmpty();
    }
  }

  private static void prepare(PagePlane plane) throws Exception {
    plane.weigh("web", "a", 5, "Change-Reason", HOSTILE);
    plane.weigh("web", "b", 7);
    plane.api("POST", "/tokens", "{\"name\":\"ci\",\"role\":\"viewer\"}");
  }

  private static List<String> faults(String where, Page page) {
    Document html = page.html();
    List<String> faults = new ArrayList<>();
    if (html.select("h1").size() != 1) {
      faults.add("not one h1");
    }
    if (html.select("main#main").size() != 1) {
      faults.add("not one main");
    }
    if (!html.title().endsWith(" · Sluice") || html.title().startsWith(" ")) {
      faults.add("title " + html.title());
    }
    if (!html.select("html").attr("lang").equals("en")) {
      faults.add("no language");
    }
    html.select("script:not([src]), style, [style], base, iframe, object, embed")
        .forEach(each -> faults.add("inline: " + each.outerHtml()));
    html.select("table:not(:has(caption))").forEach(each -> faults.add("table without caption"));
    html.select("th:not([scope])").forEach(each -> faults.add("th without scope: " + each));
    attributes(html, faults);
    html.select("input, select, textarea, button, a[href]").forEach(each -> named(each, faults));
    for (Element form : html.select("form[method=post]")) {
      boolean login = form.attr("action").endsWith("/login");
      if (!login && form.select("input[name=_csrf]").val().length() != Secrets.LENGTH) {
        faults.add("form without token: " + form.attr("action"));
      }
    }
    return faults.stream().map(fault -> where + ": " + fault).toList();
  }

  private static void attributes(Document html, List<String> faults) {
    List<String> ids = html.select("[id]").eachAttr("id");
    ids.stream()
        .filter(id -> ids.indexOf(id) != ids.lastIndexOf(id))
        .forEach(id -> faults.add("id twice: " + id));
    for (Element element : html.getAllElements()) {
      for (Attribute attribute : element.attributes()) {
        String name = attribute.getKey();
        String value = attribute.getValue();
        if (name.startsWith("on") || name.startsWith("th:")) {
          faults.add(name + " of " + element.tagName());
        }
        if (name.equals("href") || name.equals("src") || name.equals("action")) {
          boolean own = value.startsWith("/") && !value.startsWith("//") || value.startsWith("#");
          boolean icon = element.attr("rel").equals("icon") && value.startsWith("data:image/");
          if (!own && !icon) {
            faults.add(name + " leads elsewhere: " + value);
          }
        }
        if (List.of("for", "aria-labelledby", "aria-describedby").contains(name)) {
          for (String id : value.strip().split("\\s+", -1)) {
            if (!ids.contains(id)) {
              faults.add(name + " of nothing: " + value);
            }
          }
        }
      }
    }
  }

  /** A control needs a name that a screen reader can say. */
  private static void named(Element control, List<String> faults) {
    boolean labelled =
        control.attr("type").equals("hidden")
            || !control.attr("aria-label").isBlank()
            || control.closest("label") != null
            || !control.text().isBlank() && !control.is("select, textarea")
            || !control.id().isEmpty()
                && control.ownerDocument() != null
                && !control.root().select("label[for=" + control.id() + "]").text().isBlank();
    if (!labelled) {
      faults.add("no name: " + control.outerHtml());
    }
  }

  @Test
  void whatOthersHaveWrittenIsText() throws Exception {
    try (PagePlane plane = new PagePlane();
        Browser browser = plane.browser(Role.ADMIN)) {
      prepare(plane);
      for (String path : List.of("/configuration/history", "/configuration/diff?from=1&to=2")) {
        Page page = browser.get(path);
        assertThat(page.text("main")).as(path).contains(HOSTILE);
        assertThat(page.has("img")).as(path).isFalse();
      }
      Page error = browser.get("/configuration/diff?from=" + "%3Cimg%20src=x%3E");
      assertThat(error.status()).isEqualTo(400);
      assertThat(error.has("img")).isFalse();
      String yaml = "pools: [{id: '" + HOSTILE.replace("'", "") + "'}]";
      Page form = browser.get("/configuration/edit");
      Page refused =
          browser.submit(form, "/configuration/edit", "yaml", yaml, "action", "validate");
      assertThat(refused.one("textarea").text()).isEqualTo(yaml);
      assertThat(refused.has("img")).isFalse();
    }
  }

  @Test
  void aRoleSeesOnlyWhatItMayDo() throws Exception {
    try (PagePlane plane = new PagePlane()) {
      prepare(plane);
      for (Role role : List.of(Role.VIEWER, Role.OPERATOR)) {
        try (Browser browser = plane.browser(role)) {
          assertThat(browser.get("/configuration").has("a[href='/configuration/edit']")).isFalse();
          assertThat(browser.get("/configuration/history").has("[data-action=rollback]")).isFalse();
          assertThat(browser.get("/system").has("form[action='/system/loggers']")).isFalse();
          Page access = browser.get("/access?user=admin&token=none");
          assertThat(access.html().select("main form").eachAttr("action"))
              .containsExactly("/access/password");
          Page refused = browser.get("/configuration/edit");
          assertThat(refused.status()).isEqualTo(403);
          assertThat(refused.text("main")).contains("This needs the role admin.", "Ask an admin");
        }
      }
    }
  }

  @Test
  void whenTheFileOwnsTheConfigurationNothingOfItIsOffered() throws Exception {
    try (PagePlane plane = new PagePlane(Configuration.Mode.DECLARATIVE, "/");
        Browser browser = plane.browser(Role.ADMIN)) {
      Page page = browser.get("/configuration");
      assertThat(page.text("main")).contains("The configuration file owns pools and routes");
      assertThat(page.has("a[href='/configuration/edit']")).isFalse();
      assertThat(browser.get("/configuration/edit").location()).isEqualTo("/configuration");
      assertThat(browser.get("/configuration/rollback/1").location()).isEqualTo("/configuration");
    }
  }

  @Test
  void aThemeIsKeptInItsCookie() throws Exception {
    try (PagePlane plane = new PagePlane();
        Browser browser = plane.browser(Role.VIEWER)) {
      assertThat(browser.get("/system").one("html").hasAttr("data-theme")).isFalse();
      browser.cookie("sluice-theme", "dark");
      assertThat(browser.get("/system").one("html").attr("data-theme")).isEqualTo("dark");
      browser.cookie("sluice-theme", "pink");
      assertThat(browser.get("/system").one("html").hasAttr("data-theme")).isFalse();
    }
  }

  @Test
  void anAddressMakesAPageSayOnlyWhatIsInItsVocabulary() throws Exception {
    try (PagePlane plane = new PagePlane();
        Browser browser = plane.browser(Role.ADMIN)) {
      assertThat(browser.get("/configuration?done=applied").text("[role=status]"))
          .isEqualTo("The configuration is applied.");
      assertThat(browser.get("/configuration?done=you+won").has("[role=status]")).isFalse();
    }
  }
}
