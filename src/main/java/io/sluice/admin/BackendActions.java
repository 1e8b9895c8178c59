package io.sluice.admin;

import io.sluice.config.BackendSpec;
import io.sluice.control.DataPlaneStatus.BackendStatus;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.reactive.result.view.Rendering;
import org.springframework.web.server.ServerWebExchange;

/** What is done to one backend: first what it would do, then the form that does it. */
@Controller
final class BackendActions {
  private final PageShell shell;
  private final Changes changes;
  private final DrainController drains;
  private final BackendsController backends;
  private final HealthController health;
  private final BackendForms forms;
  private final BackendPage page;
  private final Live live;

  BackendActions(
      PageShell shell,
      Changes changes,
      DrainController drains,
      BackendsController backends,
      HealthController health,
      BackendPage page,
      Parts parts) {
    this.shell = shell;
    this.changes = changes;
    this.drains = drains;
    this.backends = backends;
    this.health = health;
    this.page = page;
    this.forms = parts.forms;
    this.live = parts.live;
  }

  /** What more it is made of. */
  @Component
  record Parts(BackendForms forms, Live live) {}

  @GetMapping("/backends/{pool}/{backend}/{action}")
  Rendering ask(
      ServerWebExchange exchange,
      @PathVariable("pool") String pool,
      @PathVariable("backend") String id,
      @PathVariable("action") String action) {
    Asked asked = new Asked(exchange, pool, id, action);
    return switch (action) {
      case "drain", "maint", "ready", "remove" -> PageShell.page("action", ask(asked));
      case "edit" -> PageShell.page("edit", edit(asked));
      default -> throw Refusals.notFound("action", action);
    };
  }

  @PostMapping("/backends/{pool}/{backend}/{action}")
  Rendering act(
      ServerWebExchange exchange,
      @PathVariable("pool") String pool,
      @PathVariable("backend") String id,
      @PathVariable("action") String action,
      Form form) {
    Asked asked = new Asked(exchange, pool, id, action);
    return switch (action) {
      case "drain", "maint", "ready" -> acting(asked, form, () -> setState(asked, form));
      case "remove" -> acting(asked, form, () -> remove(asked, form));
      case "edit" -> editing(asked, form);
      case "check" -> check(asked, form);
      default -> throw Refusals.notFound("action", action);
    };
  }

  /** A call of one of these pages. */
  private record Asked(ServerWebExchange exchange, String pool, String id, String action) {
    String api(String... more) {
      String path = FormCall.path("pools", pool, "backends", id);
      return more.length == 0 ? path : path + "/" + String.join("/", more);
    }

    /** The backend's page. */
    String path() {
      return "/backends/" + pool + "/" + id;
    }

    Call call(
        HttpMethod method,
        String path,
        Map<String, String> query,
        Map<String, String> headers,
        @Nullable Object body) {
      return FormCall.of(exchange, method, path, query, headers, body);
    }
  }

  /** Something that ends with an answer, or with a problem that the form shows. */
  private interface Deed {
    Rendering run();
  }

  private Rendering acting(Asked asked, Form form, Deed deed) {
    try {
      return deed.run();
    } catch (ProblemException problem) {
      if (problem.status().value() == 404) {
        throw problem; // there is nothing left to show a form of
      }
      Map<String, @Nullable Object> model = ask(asked);
      shell.refused(asked.exchange, model, asked.action, problem, form);
      return PageShell.page("action", model, problem);
    }
  }

  // ---------------------------------------------------------------- drain, maintenance, ready

  private Map<String, @Nullable Object> ask(Asked asked) {
    BackendSpec spec = changes.needBackend(asked.pool, asked.id);
    String title =
        switch (asked.action) {
          case "drain" -> "Drain " + asked.id;
          case "maint" -> "Put " + asked.id + " in maintenance";
          case "ready" -> "Make " + asked.id + " ready";
          default -> "Remove " + asked.id;
        };
    Map<String, @Nullable Object> model = shell.of(asked.exchange, "backends", title);
    model.put("pool", asked.pool);
    model.put("backend", asked.id);
    model.put("action", asked.action);
    model.put("spec", spec);
    model.put("adminState", Views.word(spec.adminState()));
    model.put("etag", forms.fields(spec).etag());
    model.put(
        "inFlight", live.of(asked.pool).of(spec).stream().mapToInt(BackendStatus::requests).sum());
    model.put(
        "impact",
        forms.impact(
            asked.action.equals("remove")
                ? () -> drains.delete(dryRemoval(asked), asked.pool, asked.id)
                : () -> drains.adminState(dryState(asked), asked.pool, asked.id)));
    return model;
  }

  private static Call dryState(Asked asked) {
    return asked.call(
        HttpMethod.PUT,
        asked.api("admin-state"),
        Map.of("dryRun", "true"),
        Map.of(),
        Map.of("state", asked.action));
  }

  private static Call dryRemoval(Asked asked) {
    return asked.call(
        HttpMethod.DELETE,
        asked.api(),
        Map.of("dryRun", "true"),
        Map.of(HttpHeaders.IF_MATCH, "*"),
        null);
  }

  private Rendering setState(Asked asked, Form form) {
    boolean forced = BackendForms.isForced(form, asked.id);
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("state", asked.action);
    if (asked.action.equals("drain")) {
      body.put("deadline", durationOf(form, "deadline"));
      body.put("atDeadline", form.textOrNull("atDeadline"));
      body.put("revertAfter", durationOf(form, "revertAfter"));
    }
    body.put("reason", form.textOrNull("reason"));
    body.values().removeIf(Objects::isNull);
    ResponseEntity<byte[]> answer =
        drains.adminState(
            asked.call(
                HttpMethod.PUT,
                asked.api("admin-state"),
                BackendForms.query(forced, null),
                Map.of(),
                body),
            asked.pool,
            asked.id);
    return switch (asked.action) {
      case "drain" -> PageShell.seeOther(done(operation(answer), Done.DRAINS, asked));
      case "maint" -> PageShell.seeOther(done(asked.path(), Done.MAINTENANCE, asked));
      default -> PageShell.seeOther(asked.path(), Done.READY);
    };
  }

  private static @Nullable String durationOf(Form form, String field) {
    String text = form.text(field);
    return text.isEmpty() ? null : BackendForms.duration(text);
  }

  /** The page of the operation that an answer tells of. */
  private static String operation(ResponseEntity<byte[]> answer) {
    URI location = Objects.requireNonNull(answer.getHeaders().getLocation());
    return "/operations/" + location.getPath().replaceFirst(".*/", "");
  }

  /** Ids have no characters that an address would need to escape. */
  private static String done(String path, Done done, Asked asked) {
    return path + "?done=" + done.code() + "&pool=" + asked.pool + "&id=" + asked.id;
  }

  // ---------------------------------------------------------------- remove

  private Rendering remove(Asked asked, Form form) {
    boolean forced = BackendForms.isForced(form, asked.id);
    Map<String, String> query = BackendForms.query(forced, form.textOrNull("reason"));
    String drain = durationOf(form, "drain");
    if (drain != null) {
      query.put("drain", drain);
    }
    ResponseEntity<byte[]> answer =
        drains.delete(
            asked.call(HttpMethod.DELETE, asked.api(), query, condition(form), null),
            asked.pool,
            asked.id);
    return answer.getStatusCode().value() == 202
        ? PageShell.seeOther(operation(answer), Done.REMOVES)
        : PageShell.seeOther("/backends", Done.REMOVED);
  }

  /** What the form was made of must still be there. */
  private static Map<String, String> condition(Form form) {
    String etag = form.text("etag");
    return Map.of(HttpHeaders.IF_MATCH, etag.isEmpty() ? "\"\"" : etag);
  }

  // ---------------------------------------------------------------- edit

  private Map<String, @Nullable Object> edit(Asked asked) {
    BackendSpec spec = changes.needBackend(asked.pool, asked.id);
    Map<String, @Nullable Object> model = shell.of(asked.exchange, "backends", "Edit " + asked.id);
    model.put("pool", asked.pool);
    model.put("backend", asked.id);
    model.put("edit", forms.fields(spec));
    return model;
  }

  private Rendering editing(Asked asked, Form form) {
    BackendForms.Fields now = forms.fields(changes.needBackend(asked.pool, asked.id));
    try {
      if (form.text("step").equals("preview")) {
        Map<String, @Nullable Object> model = edit(asked);
        model.put("given", form.values());
        model.put(
            "impact",
            forms.impact(() -> backends.patch(patch(asked, form, true), asked.pool, asked.id)));
        return PageShell.page("edit", model);
      }
      backends.patch(patch(asked, form, false), asked.pool, asked.id);
      return PageShell.seeOther(asked.path(), Done.CHANGED);
    } catch (ProblemException problem) {
      if (problem.status().value() == 404) {
        throw problem;
      }
      Map<String, @Nullable Object> model = edit(asked);
      model.put("given", form.values());
      if (problem.code().equals("stale")) {
        model.put("stale", Stale.of(problem, form, now));
      } else if (problem.members().containsKey("guards")) {
        model.put(
            "impact",
            forms.impact(() -> backends.patch(patch(asked, form, true), asked.pool, asked.id)));
      }
      shell.refused(asked.exchange, model, "edit", problem, form);
      return PageShell.page("edit", model, problem);
    }
  }

  private Call patch(Asked asked, Form form, boolean dryRun) {
    boolean forced = !dryRun && BackendForms.isForced(form, asked.id);
    Map<String, String> query = BackendForms.query(forced, form.textOrNull("reason"));
    if (dryRun) {
      query.put("dryRun", "true");
    }
    BackendSpec before = changes.needBackend(asked.pool, asked.id);
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    members.put("address", form.text("address"));
    members.put("weight", BackendForms.number(form.text("weight")));
    members.put("tier", BackendForms.number(form.text("tier")));
    members.put("labels", BackendForms.labels(form.raw("labels"), before));
    return asked.call(HttpMethod.PATCH, asked.api(), query, condition(form), members);
  }

  // ---------------------------------------------------------------- check

  private Rendering check(Asked asked, Form form) {
    Map<String, @Nullable Object> model = page.model(asked.exchange, asked.pool, asked.id);
    try {
      Call call = asked.call(HttpMethod.POST, asked.api("check"), Map.of(), Map.of(), null);
      model.put("probe", forms.report(health.check(call, asked.pool, asked.id)));
      return PageShell.page("backend", model);
    } catch (ProblemException problem) {
      shell.refused(asked.exchange, model, "check", problem, form);
      return PageShell.page("backend", model, problem);
    }
  }
}
