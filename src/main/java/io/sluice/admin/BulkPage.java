package io.sluice.admin;

import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.PoolSpec;
import io.sluice.config.Snapshot;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.reactive.result.view.Rendering;
import org.springframework.web.server.ServerWebExchange;

/**
 * One action on several backends: first what it would do all together, then one after the other. It
 * is no transaction: what is refused for one is told, and the others go on.
 */
@Controller
final class BulkPage {
  private static final int MOST = 500;

  private final PageShell shell;
  private final Changes changes;
  private final DrainController drains;
  private final BackendForms forms;
  private final Formats fmt;

  BulkPage(
      PageShell shell, Changes changes, DrainController drains, BackendForms forms, Formats fmt) {
    this.shell = shell;
    this.changes = changes;
    this.drains = drains;
    this.forms = forms;
    this.fmt = fmt;
  }

  /** A chosen backend. */
  record Chosen(String pool, String id) {
    public String key() {
      return pool + "/" + id;
    }
  }

  /**
   * What became of one.
   *
   * @param refused null: it was done
   */
  record Outcome(Chosen backend, @Nullable String refused) {}

  @PostMapping("/backends/bulk")
  Rendering bulk(ServerWebExchange exchange, Form form) {
    String action = form.text("action");
    if (!List.of("drain", "maint", "ready", "remove").contains(action)) {
      throw Refusals.parameter("action", "expected drain, maint, ready or remove");
    }
    List<Chosen> chosen = chosen(form);
    if (chosen.isEmpty()) {
      return PageShell.seeOther("/backends");
    }
    Map<String, @Nullable Object> model = model(exchange, form, action, chosen);
    if (!form.flag("confirmed")) {
      return PageShell.page("bulk", model);
    }
    try {
      boolean forced = BackendForms.isForced(form, "force");
      return done(exchange, form, model, run(exchange, form, action, chosen, forced));
    } catch (ProblemException problem) {
      shell.refused(exchange, model, "bulk", problem, form);
      return PageShell.page("bulk", model, problem);
    }
  }

  private static List<Chosen> chosen(Form form) {
    Set<Chosen> chosen = new LinkedHashSet<>();
    for (String key : form.all("id")) {
      String[] parts = key.split("/", -1);
      if (parts.length != 2) {
        throw Refusals.parameter("id", "expected POOL/ID");
      }
      chosen.add(new Chosen(parts[0], parts[1]));
    }
    if (chosen.size() > MOST) {
      throw Refusals.parameter("id", "at most " + MOST + " backends are changed at once");
    }
    return new ArrayList<>(chosen);
  }

  private Map<String, @Nullable Object> model(
      ServerWebExchange exchange, Form form, String action, List<Chosen> chosen) {
    String what =
        switch (action) {
          case "drain" -> "Drain ";
          case "maint" -> "Maintenance for ";
          case "ready" -> "Make ready ";
          default -> "Remove ";
        };
    Map<String, @Nullable Object> model =
        shell.of(exchange, "backends", what + fmt.count(chosen.size(), "backend"));
    model.put("action", action);
    model.put("chosen", chosen);
    model.put("impact", impact(exchange, action, chosen));
    model.put("given", form.values());
    return model;
  }

  /** What it would do to all of them together. */
  private ImpactView impact(ServerWebExchange exchange, String action, List<Chosen> chosen) {
    Call call =
        FormCall.of(
            exchange,
            HttpMethod.PUT,
            FormCall.path("config"),
            Map.of("dryRun", "true"),
            Map.of(),
            null);
    return forms.impact(
        () -> {
          try {
            return changes.run(
                call,
                inForce -> with(inForce.snapshot(), action, chosen),
                outcome -> Answers.nothing());
          } catch (io.sluice.control.ChangeException e) {
            throw Problems.ofChange(e);
          }
        });
  }

  private static Snapshot with(Snapshot snapshot, String action, List<Chosen> chosen) {
    Map<String, Set<String>> byPool = new LinkedHashMap<>();
    chosen.forEach(
        one -> byPool.computeIfAbsent(one.pool, pool -> new LinkedHashSet<>()).add(one.id));
    Snapshot now = snapshot;
    for (Map.Entry<String, Set<String>> each : byPool.entrySet()) {
      PoolSpec pool = now.pool(each.getKey());
      if (pool != null) {
        Set<String> ids = each.getValue();
        now =
            now.withPool(
                pool.withBackends(
                    action.equals("remove")
                        ? pool.backends().stream().filter(b -> !ids.contains(b.id())).toList()
                        : pool.backends().stream()
                            .map(b -> ids.contains(b.id()) ? b.withAdminState(state(action)) : b)
                            .toList()));
      }
    }
    return now;
  }

  private static AdminState state(String action) {
    return switch (action) {
      case "drain" -> AdminState.DRAIN;
      case "maint" -> AdminState.MAINT;
      default -> AdminState.READY;
    };
  }

  private List<Outcome> run(
      ServerWebExchange exchange, Form form, String action, List<Chosen> chosen, boolean forced) {
    List<Outcome> outcomes = new ArrayList<>();
    for (Chosen one : chosen) {
      try {
        if (action.equals("remove")) {
          remove(exchange, form, one, forced);
        } else {
          setState(exchange, form, action, one, forced);
        }
        outcomes.add(new Outcome(one, null));
      } catch (ProblemException problem) {
        outcomes.add(new Outcome(one, problem.detail()));
      }
    }
    return outcomes;
  }

  private void setState(
      ServerWebExchange exchange, Form form, String action, Chosen one, boolean forced) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("state", action);
    body.put("reason", form.textOrNull("reason"));
    if (action.equals("drain") && !form.text("deadline").isEmpty()) {
      body.put("deadline", BackendForms.duration(form.text("deadline")));
    }
    body.values().removeIf(Objects::isNull);
    Call call =
        FormCall.of(
            exchange,
            HttpMethod.PUT,
            FormCall.path("pools", one.pool, "backends", one.id, "admin-state"),
            BackendForms.query(forced, null),
            Map.of(),
            body);
    drains.adminState(call, one.pool, one.id);
  }

  private void remove(ServerWebExchange exchange, Form form, Chosen one, boolean forced) {
    Call call =
        FormCall.of(
            exchange,
            HttpMethod.DELETE,
            FormCall.path("pools", one.pool, "backends", one.id),
            BackendForms.query(forced, form.textOrNull("reason")),
            Map.of(HttpHeaders.IF_MATCH, "*"),
            null);
    drains.delete(call, one.pool, one.id);
  }

  private Rendering done(
      ServerWebExchange exchange,
      Form form,
      Map<String, @Nullable Object> model,
      List<Outcome> outcomes) {
    List<Outcome> refused = outcomes.stream().filter(outcome -> outcome.refused() != null).toList();
    if (refused.isEmpty()) {
      return PageShell.seeOther("/backends", Done.ALL_DONE);
    }
    String detail =
        fmt.number(refused.size())
            + " of "
            + fmt.count(outcomes.size(), "backend")
            + " were refused; the others are done. What is still chosen below was refused.";
    ProblemException problem = new ProblemException(HttpStatus.CONFLICT, "conflict", detail);
    List<Chosen> left = refused.stream().map(Outcome::backend).toList();
    Map<String, @Nullable Object> again =
        model(exchange, form, String.valueOf(model.get("action")), left);
    again.put("refusals", refused);
    shell.refused(exchange, again, "bulk", problem, form);
    return PageShell.page("bulk", again, problem);
  }
}
