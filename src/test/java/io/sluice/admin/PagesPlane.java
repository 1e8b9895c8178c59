package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.admin.Browser.Page;
import io.sluice.config.BackendSpec;
import io.sluice.config.Snapshot;
import io.sluice.config.SnapshotDocument;
import io.sluice.store.Accounts.User;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jsoup.nodes.Element;
import org.jspecify.annotations.Nullable;

/** A management plane with a real data plane, looked at by somebody who is signed in. */
final class PagesPlane implements AutoCloseable {
  /** Made once: a hash takes a while. */
  private static final String HASH = Passwords.hash(GuardedPlane.PASSWORD);

  final ApiPlane api;
  final Browser browser;

  PagesPlane(Role role) throws Exception {
    this(role, ApiPlane.SEED);
  }

  PagesPlane(Role role, String seed) throws Exception {
    api = new ApiPlane(SnapshotDocument.fromYaml(seed));
    browser = signIn(role);
  }

  /** So many backends in the pool web, in the form of the file. */
  static String seed(int backends) {
    StringBuilder seed = new StringBuilder("pools:\n  - id: web\n    backends:\n");
    for (int i = 1; i <= backends; i++) {
      seed.append("      - {id: b%d, address: \"127.0.0.1:%d\"}%n".formatted(i, 20_000 + i));
    }
    return seed + "routes:\n  - {id: all, match: {path: \"/**\"}, pool: web}\n";
  }

  /** Somebody else. */
  Browser signIn(Role role) throws Exception {
    String name = role.word() + "-" + api.accounts.users().size();
    User user = new User(name, role.word(), HASH, api.clock.instant(), api.clock.instant(), null);
    api.accounts.addUser(user);
    api.accounts.loggedIn(name, api.clock.instant());
    Browser other = new Browser(api.uri("/"));
    Page in =
        other.submit(
            other.get("/login"), "/login", "username", name, "password", GuardedPlane.PASSWORD);
    assertThat(in.status()).as(in.answer().body()).isEqualTo(303);
    return other;
  }

  /** A page that must be there. */
  Page get(String path) throws Exception {
    return good(browser.get(path));
  }

  static Page good(Page page) {
    assertThat(page.status()).as(page.answer().body()).isEqualTo(200);
    return page;
  }

  /** Sends a page's form and goes where it leads. */
  Page done(Page page, String action, String... filled) throws Exception {
    return good(browser.follow(browser.submit(page, action, filled)));
  }

  /** A wanted backend of the pool web. */
  BackendSpec backend(String id) {
    return Objects.requireNonNull(find(id));
  }

  /** The same; null: there is none. */
  @Nullable BackendSpec find(String id) {
    Snapshot now = api.reconciler.inForce().snapshot();
    return now.backend("web", id);
  }

  /** The cells of a table's lines, from the selector of the table. */
  static List<List<String>> cells(Page page, String table) {
    List<List<String>> lines = new ArrayList<>();
    for (Element line : page.one(table).select("tbody tr")) {
      lines.add(line.select("td, th").eachText());
    }
    return lines;
  }

  @Override
  public void close() {
    browser.close();
    api.close();
  }
}
