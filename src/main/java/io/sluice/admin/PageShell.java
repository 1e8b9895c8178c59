package io.sluice.admin;

import io.sluice.admin.Sessions.Session;
import io.sluice.store.StoreException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpCookie;
import org.springframework.stereotype.Component;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.result.view.Rendering;
import org.springframework.web.server.ServerWebExchange;

/**
 * What is around every page: who is signed in, the navigation, the revision in force, the notice of
 * what was just done, scripts and styles. {@code layout.html} shows it as {@code shell}.
 */
@Component
final class PageShell {
  static final String THEME = "sluice-theme";
  private static final int LONGEST_ID = 200;

  private final Changes changes;
  private final Assets assets;
  private final AuditTrail audit;
  private final String base;
  private final String mode;

  PageShell(Changes changes, Assets assets, AuditTrail audit, Management management) {
    this.changes = changes;
    this.assets = assets;
    this.audit = audit;
    String path = management.configuration().admin().basePath();
    this.base = path.endsWith("/") ? path : path + "/";
    this.mode = Views.word(management.configuration().mode());
  }

  /**
   * The shell of one page.
   *
   * @param current the entry of the navigation
   * @param base the path of this dashboard, with a slash at its end
   * @param theme light or dark; null: the system's
   * @param user null: nobody is signed in
   * @param csrf for every form; null: the caller is no session
   * @param undo of what was done; null: it has no inverse
   */
  record Shell(
      String title,
      String current,
      String base,
      @Nullable String theme,
      @Nullable String user,
      @Nullable Role rank,
      @Nullable String csrf,
      long revision,
      String mode,
      @Nullable Done done,
      @Nullable Undo undo,
      Assets.Entry assets) {

    /** The role's word; null: nobody is signed in. */
    public @Nullable String role() {
      return rank == null ? null : rank.word();
    }

    /** Whether actions on backends are offered. */
    public boolean operator() {
      return rank != null && rank.includes(Role.OPERATOR);
    }

    public boolean admin() {
      return rank == Role.ADMIN;
    }

    /** Whether a file owns the configuration, so that nothing of it can be changed here. */
    public boolean managedByFile() {
      return mode.equals("declarative");
    }
  }

  /** The way back from what was done: a form to a backend's action. */
  record Undo(String pool, String id, String action) {}

  /**
   * The model of a page, to which its controller adds its own.
   *
   * @param current the entry of the navigation: overview, backends, configuration, activity,
   *     access, system; others mark none
   */
  Map<String, @Nullable Object> of(ServerWebExchange exchange, String current, String title) {
    Session session = Authentication.session(exchange);
    Role role = Caller.roleOf(exchange);
    MultiValueMap<String, String> query = exchange.getRequest().getQueryParams();
    Done done = Done.of(query.getFirst("done"));
    Shell shell =
        new Shell(
            title,
            current,
            base,
            theme(exchange),
            role == null ? null : Caller.of(exchange).name(),
            role,
            session == null ? null : session.csrfToken(),
            changes.inForce().revision().number(),
            mode,
            done,
            undo(done, query.getFirst("pool"), query.getFirst("id")),
            assets.entry());
    Map<String, @Nullable Object> model = new LinkedHashMap<>();
    model.put("shell", shell);
    return model;
  }

  private static @Nullable String theme(ServerWebExchange exchange) {
    HttpCookie cookie = exchange.getRequest().getCookies().getFirst(THEME);
    String theme = cookie == null ? "" : cookie.getValue();
    return theme.equals("light") || theme.equals("dark") ? theme : null;
  }

  private static @Nullable Undo undo(
      @Nullable Done done, @Nullable String pool, @Nullable String id) {
    String action = done == null ? null : done.undo();
    if (action == null || pool == null || id == null) {
      return null;
    }
    return pool.length() > LONGEST_ID || id.length() > LONGEST_ID
        ? null
        : new Undo(pool, id, action);
  }

  /**
   * Does what a form asks for; when that is refused, shows its page again with what was filled in.
   *
   * @param name of the form
   * @param model of the page
   */
  Rendering tried(
      ServerWebExchange exchange,
      String name,
      Form given,
      String template,
      Supplier<Map<String, @Nullable Object>> model,
      Supplier<Rendering> work) {
    try {
      return work.get();
    } catch (ProblemException | StoreException failure) {
      ProblemException problem = Objects.requireNonNull(Problems.of(failure));
      Map<String, @Nullable Object> again = model.get();
      refused(exchange, again, name, problem, given);
      return page(template, again, problem);
    }
  }

  /** Notes a refused form in the audit and in the page's model, which then shows it again. */
  void refused(
      ServerWebExchange exchange,
      Map<String, @Nullable Object> model,
      String form,
      ProblemException problem,
      Form given) {
    audit.problem(exchange, problem);
    model.put("refused", Refused.of(form, problem, RequestId.of(exchange), given));
  }

  /** A page. */
  static Rendering page(String template, Map<String, @Nullable Object> model) {
    return Rendering.view(template).model(model).build();
  }

  /** A page that shows a refusal, with its status and fields. */
  static Rendering page(
      String template, Map<String, @Nullable Object> model, ProblemException problem) {
    Rendering.Builder<?> page = Rendering.view(template).model(model).status(problem.status());
    problem.headers().forEach((name, value) -> page.header(name, value));
    return page.build();
  }

  /**
   * The answer to a form that did something.
   *
   * @param path behind the base path, escaped
   */
  static Rendering seeOther(String path) {
    return Rendering.redirectTo(path).build();
  }

  /** The same, to a page that says what was done; the path has no query yet. */
  static Rendering seeOther(String path, Done done) {
    return seeOther(path + "?done=" + done.code());
  }
}
