package io.sluice.admin;

import io.sluice.config.Configuration;
import io.sluice.config.SnapshotDocument;
import io.sluice.control.InForce;
import io.sluice.store.Revision;
import io.sluice.store.SnapshotStore;
import io.sluice.store.SnapshotStore.Stored;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.reactive.result.view.Rendering;
import org.springframework.web.server.ServerWebExchange;

/** What the configuration was, what has changed, and the way back. */
@Controller
@RequestMapping("/configuration")
final class RevisionPages {
  /** On a page of the history, unless its address says another limit. */
  private static final String ROWS = "50";

  private static final String ROLLBACK = "rollback";

  private final PageShell shell;
  private final Changes changes;
  private final RevisionsController api;
  private final BackendForms forms;
  private final SnapshotStore store;
  private final boolean managedByFile;

  RevisionPages(
      PageShell shell,
      Changes changes,
      RevisionsController api,
      BackendForms forms,
      Management management) {
    this.shell = shell;
    this.changes = changes;
    this.api = api;
    this.forms = forms;
    this.store = management.snapshots();
    this.managedByFile = management.configuration().mode() == Configuration.Mode.DECLARATIVE;
  }

  @GetMapping("/history")
  Rendering history(ServerWebExchange exchange) {
    Map<String, String> query = new LinkedHashMap<>();
    query.put("limit", ROWS);
    for (String name : List.of("limit", "cursor")) {
      String given = exchange.getRequest().getQueryParams().getFirst(name);
      if (given != null) {
        query.put(name, given);
      }
    }
    Call call =
        FormCall.of(exchange, HttpMethod.GET, FormCall.path("revisions"), query, Map.of(), null);
    int limit = Pages.limit(call);
    List<Revision> revisions = store.list(Pages.before(call), limit);
    Pages.Page<Revision> page = Pages.ofStored(revisions, limit, Revision::number);
    Map<String, @Nullable Object> model =
        shell.of(exchange, "configuration", "Configuration history");
    model.put("revisions", page.items());
    model.put("older", page.nextCursor());
    model.put("limit", limit);
    model.put("newest", !query.containsKey("cursor"));
    model.put("current", changes.inForce().revision().number());
    return PageShell.page("configuration-history", model);
  }

  @GetMapping("/diff")
  Rendering diff(
      @RequestParam(name = "from", required = false) @Nullable String from,
      @RequestParam(name = "to", required = false) @Nullable String to,
      ServerWebExchange exchange) {
    long current = changes.inForce().revision().number();
    Stored after = need("to", to == null ? Long.toString(current) : to);
    long number = after.revision().number();
    Stored before = need("from", from == null ? Long.toString(Math.max(1, number - 1)) : from);
    Map<String, @Nullable Object> model =
        shell.of(
            exchange,
            "configuration",
            "Revision %d against %d".formatted(number, before.revision().number()));
    model.put("before", before.revision());
    model.put("after", after.revision());
    model.put("current", current);
    model.put("diff", between(before, after));
    return PageShell.page("configuration-diff", model);
  }

  @GetMapping("/rollback/{number}")
  Rendering ask(@PathVariable("number") String number, ServerWebExchange exchange) {
    return managedByFile
        ? PageShell.seeOther("/configuration")
        : PageShell.page(ROLLBACK, model(exchange, need("number", number)));
  }

  @PostMapping("/rollback/{number}")
  Rendering rollback(@PathVariable("number") String number, Form form, ServerWebExchange exchange) {
    Stored wanted = need("number", number);
    return shell.tried(
        exchange,
        ROLLBACK,
        form,
        ROLLBACK,
        () -> model(exchange, wanted),
        () -> {
          confirmed(wanted.revision().number(), form);
          api.rollback(call(exchange, HttpMethod.POST, number, query(form)), number);
          return PageShell.seeOther("/configuration", Done.ROLLED_BACK);
        });
  }

  private void confirmed(long number, Form form) {
    if (isFar(number) && !form.text("confirm").equals(Long.toString(number))) {
      throw ProblemException.badField(
          "/confirm", "type " + number + " to go back over several revisions");
    }
    if (form.flag("force") && form.textOrNull("reason") == null) {
      throw ProblemException.badField("/reason", "whoever overrides a guard says why");
    }
  }

  private static Map<String, String> query(Form form) {
    Map<String, String> query = new LinkedHashMap<>();
    String reason = form.textOrNull("reason");
    if (reason != null) {
      query.put("reason", reason);
    }
    if (form.flag("force")) {
      query.put("force", "true");
    }
    return query;
  }

  /** Whether more than the last change would be undone. */
  private boolean isFar(long number) {
    return number < changes.inForce().revision().number() - 1;
  }

  private Map<String, @Nullable Object> model(ServerWebExchange exchange, Stored wanted) {
    long number = wanted.revision().number();
    Map<String, @Nullable Object> model =
        shell.of(exchange, "configuration", "Roll back to revision " + number);
    InForce now = changes.inForce();
    Map<String, String> rehearsal = Map.of("dryRun", "true", "force", "true");
    Call call = call(exchange, HttpMethod.POST, Long.toString(number), rehearsal);
    model.put("revision", wanted.revision());
    model.put("now", now.revision());
    model.put("far", isFar(number));
    model.put("impact", forms.impact(() -> api.rollback(call, Long.toString(number))));
    model.put("diff", between(new Stored(now.revision(), now.snapshot()), wanted));
    return model;
  }

  private static Call call(
      ServerWebExchange exchange, HttpMethod method, String number, Map<String, String> query) {
    return FormCall.of(
        exchange, method, FormCall.path("revisions", number, "rollback"), query, Map.of(), null);
  }

  private static List<LineDiff.Row> between(Stored before, Stored after) {
    return LineDiff.rows(
        SnapshotDocument.toYaml(before.snapshot()), SnapshotDocument.toYaml(after.snapshot()));
  }

  private Stored need(String parameter, String number) {
    if (!RevisionsController.isNumber(number)) {
      throw Refusals.parameter(parameter, "expected the number of a revision");
    }
    return api.need(number);
  }
}
