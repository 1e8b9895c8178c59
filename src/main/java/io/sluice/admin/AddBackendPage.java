package io.sluice.admin;

import io.sluice.config.PoolSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.reactive.result.view.Rendering;
import org.springframework.web.server.ServerWebExchange;

/** Adds a backend: it is probed first, and what does not answer is added only when told so. */
@Controller
final class AddBackendPage {
  private final PageShell shell;
  private final Changes changes;
  private final BackendsController backends;
  private final HealthController health;
  private final BackendForms forms;

  AddBackendPage(
      PageShell shell,
      Changes changes,
      BackendsController backends,
      HealthController health,
      BackendForms forms) {
    this.shell = shell;
    this.changes = changes;
    this.backends = backends;
    this.health = health;
    this.forms = forms;
  }

  @GetMapping("/backends/new")
  Rendering show(ServerWebExchange exchange) {
    String pool = exchange.getRequest().getQueryParams().getFirst("pool");
    return PageShell.page("add", model(exchange, pool));
  }

  private Map<String, @Nullable Object> model(ServerWebExchange exchange, @Nullable String pool) {
    Map<String, @Nullable Object> model = shell.of(exchange, "backends", "Add a backend");
    List<String> pools = changes.world().pools().stream().map(PoolSpec::id).toList();
    model.put("pools", pools);
    model.put(
        "pool",
        pool != null && pools.contains(pool) ? pool : pools.stream().findFirst().orElse(""));
    model.put("origin", Origin.of(exchange));
    return model;
  }

  @PostMapping("/backends/new")
  Rendering add(ServerWebExchange exchange, Form form) {
    String pool = form.text("pool");
    String step = form.text("step");
    Map<String, @Nullable Object> model = model(exchange, pool);
    try {
      Map<String, @Nullable Object> document = document(form);
      if (!step.equals("anyway")) {
        Call probe =
            FormCall.of(
                exchange,
                HttpMethod.POST,
                FormCall.path("pools", pool, "probe"),
                Map.of(),
                Map.of(),
                document);
        BackendForms.Report report = forms.report(health.probe(probe, pool));
        model.put("probe", report);
        if (step.equals("probe")) {
          return filled(model, form, 200);
        }
        if (!report.ok()) {
          return filled(model, form, 422);
        }
      }
      Call call =
          FormCall.of(
              exchange,
              HttpMethod.POST,
              FormCall.path("pools", pool, "backends"),
              BackendForms.query(false, form.textOrNull("reason")),
              Map.of(),
              document);
      ResponseEntity<byte[]> made = backends.create(call, pool);
      String id = String.valueOf(ImpactView.answered(made).get("id"));
      return PageShell.seeOther("/backends/" + pool + "/" + id, Done.ADDED);
    } catch (ProblemException problem) {
      shell.refused(exchange, model, "add", problem, form);
      return PageShell.page("add", model, problem);
    }
  }

  /** The form again, with what was filled in. */
  private static Rendering filled(Map<String, @Nullable Object> model, Form form, int status) {
    model.put("given", form.values());
    return Rendering.view("add").model(model).status(HttpStatusCode.valueOf(status)).build();
  }

  /** What is not filled in keeps its default. */
  private static Map<String, @Nullable Object> document(Form form) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    String id = form.textOrNull("id");
    if (id != null) {
      document.put("id", id);
    }
    document.put("address", form.text("address"));
    if (!form.text("weight").isEmpty()) {
      document.put("weight", BackendForms.number(form.text("weight")));
    }
    if (form.flag("maint")) {
      document.put("adminState", "maint");
    }
    Map<String, @Nullable Object> labels = BackendForms.labels(form.raw("labels"), null);
    if (!labels.isEmpty()) {
      document.put("labels", labels);
    }
    return document;
  }
}
