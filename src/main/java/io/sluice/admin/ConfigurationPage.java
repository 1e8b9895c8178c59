package io.sluice.admin;

import io.sluice.config.Configuration;
import io.sluice.config.SnapshotDocument;
import io.sluice.control.ImpactPreview;
import io.sluice.control.InForce;
import io.sluice.store.SnapshotStore;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.reactive.result.view.Rendering;
import org.springframework.web.server.ServerWebExchange;

/**
 * Pools and routes as one YAML document, to read and to edit. What an edit does goes through the
 * API's {@code /config}; here it is shown before it happens.
 */
@Controller
@RequestMapping("/configuration")
final class ConfigurationPage {
  private static final String EDIT = "configuration-edit";

  private final PageShell shell;
  private final Changes changes;
  private final ConfigController api;
  private final BackendForms forms;
  private final SnapshotStore store;
  private final boolean managedByFile;

  ConfigurationPage(
      PageShell shell,
      Changes changes,
      ConfigController api,
      BackendForms forms,
      Management management) {
    this.shell = shell;
    this.changes = changes;
    this.api = api;
    this.forms = forms;
    this.store = management.snapshots();
    this.managedByFile = management.configuration().mode() == Configuration.Mode.DECLARATIVE;
  }

  /**
   * What is wrong with a document.
   *
   * @param line from 1; 0: unknown
   */
  record Finding(String pointer, String message, int line) {}

  @GetMapping
  Rendering show(ServerWebExchange exchange) {
    Map<String, @Nullable Object> model = shell.of(exchange, "configuration", "Configuration");
    InForce now = changes.inForce();
    model.put("revision", now.revision());
    model.put("lines", LineDiff.lines(SnapshotDocument.toYaml(now.snapshot())));
    return PageShell.page("configuration", model);
  }

  /** The same as a file. */
  @GetMapping(params = "download")
  ResponseEntity<byte[]> download() {
    InForce now = changes.inForce();
    String name = "sluice-revision-" + now.revision().number() + ".yaml";
    return ResponseEntity.ok()
        .contentType(Call.YAML)
        .header(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"" + name + "\"")
        .body(SnapshotDocument.toYaml(now.snapshot()).getBytes(StandardCharsets.UTF_8));
  }

  @GetMapping("/edit")
  Rendering edit(ServerWebExchange exchange) {
    if (managedByFile) {
      return PageShell.seeOther("/configuration");
    }
    InForce now = changes.inForce();
    String yaml = SnapshotDocument.toYaml(now.snapshot());
    return PageShell.page(EDIT, model(exchange, new Draft(yaml, now.revision().number(), null)));
  }

  /**
   * What is in the editor.
   *
   * @param base the revision that it began with
   * @param reason null: not said
   */
  private record Draft(String yaml, long base, @Nullable String reason) {
    static Draft of(Form form) {
      String base = form.text("base");
      return new Draft(
          form.raw("yaml"),
          base.matches("[1-9][0-9]{0,17}") ? Long.parseLong(base) : 0,
          form.textOrNull("reason"));
    }

    Draft with(String text, long revision) {
      return new Draft(text, revision, reason);
    }
  }

  @PostMapping("/edit")
  Rendering submit(Form form, ServerWebExchange exchange) {
    Draft draft = Draft.of(form);
    Map<String, @Nullable Object> model = model(exchange, draft);
    try {
      return form.text("action").equals("apply")
          ? applied(exchange, draft, form)
          : validated(exchange, draft, model);
    } catch (ProblemException problem) {
      shell.refused(exchange, model, "edit", problem, form);
      explain(model, draft, problem);
      return PageShell.page(EDIT, model, problem);
    }
  }

  private Rendering validated(
      ServerWebExchange exchange, Draft draft, Map<String, @Nullable Object> model) {
    Call call =
        FormCall.ofYaml(
            exchange,
            HttpMethod.POST,
            FormCall.path("config", "validate"),
            Map.of(),
            Map.of(),
            draft.yaml);
    ResponseEntity<byte[]> answer = api.validate(call);
    Map<String, @Nullable Object> verdict = Trees.of(answer);
    if (Boolean.TRUE.equals(verdict.get("valid"))) {
      model.put("impact", forms.impact(() -> answer));
    }
    model.put("findings", findings(draft.yaml, Trees.objects(verdict.get("problems"))));
    compare(model, draft.yaml);
    return PageShell.page(EDIT, model);
  }

  private Rendering applied(ServerWebExchange exchange, Draft draft, Form form) {
    boolean force = form.flag("force");
    if (force && draft.reason == null) {
      throw ProblemException.badField("/reason", "whoever overrides a guard says why");
    }
    Map<String, String> query = new LinkedHashMap<>();
    if (draft.reason != null) {
      query.put("reason", draft.reason);
    }
    if (force) {
      query.put("force", "true");
    }
    long before = changes.inForce().revision().number();
    api.put(
        FormCall.ofYaml(
            exchange,
            HttpMethod.PUT,
            FormCall.path("config"),
            query,
            Map.of(HttpHeaders.IF_MATCH, Fields.required("/etag", form.textOrNull("etag"))),
            draft.yaml));
    boolean changed = changes.inForce().revision().number() != before;
    return PageShell.seeOther("/configuration", changed ? Done.APPLIED : Done.UNCHANGED);
  }

  private Map<String, @Nullable Object> model(ServerWebExchange exchange, Draft draft) {
    Map<String, @Nullable Object> model =
        shell.of(exchange, "configuration", "Edit the configuration");
    InForce now = changes.inForce();
    model.put("yaml", draft.yaml);
    model.put("base", draft.base);
    model.put("reason", draft.reason);
    // A draft of an older revision keeps a condition that cannot hold, until it is renewed.
    model.put(
        "etag", draft.base == now.revision().number() ? ConfigController.etag(now) : "\"stale\"");
    model.put("findings", List.of());
    return model;
  }

  /** Puts what a refusal means for the document beside it. */
  private void explain(Map<String, @Nullable Object> model, Draft draft, ProblemException problem) {
    List<Map<String, @Nullable Object>> problems = new ArrayList<>();
    problem
        .errors()
        .forEach(
            error -> {
              Map<String, @Nullable Object> each = new LinkedHashMap<>();
              each.put("pointer", error.pointer());
              each.put("message", error.message());
              problems.add(each);
            });
    if (problem.code().equals("invalid")) {
      model.put("findings", findings(draft.yaml, problems));
    }
    if (problem.members().get("guards") instanceof List<?> guards) {
      model.put(
          "guards",
          guards.stream()
              .filter(ImpactPreview.Guard.class::isInstance)
              .map(ImpactPreview.Guard.class::cast)
              .map(guard -> ImpactView.sentence(guard.message()))
              .toList());
    }
    if (problem.code().equals("stale")) {
      stale(model, draft);
    }
  }

  /** Somebody else was faster: who, what, and both changes in one when they fit together. */
  private void stale(Map<String, @Nullable Object> model, Draft draft) {
    InForce now = changes.inForce();
    String theirs = SnapshotDocument.toYaml(now.snapshot());
    SnapshotStore.Stored base = draft.base == 0 ? null : store.find(draft.base);
    String merged =
        base == null
            ? null
            : LineDiff.merged(SnapshotDocument.toYaml(base.snapshot()), draft.yaml, theirs);
    model.put("other", now.revision());
    model.put("merged", merged != null);
    Draft renewed = draft.with(merged == null ? draft.yaml : merged, now.revision().number());
    model.put("yaml", renewed.yaml);
    model.put("base", renewed.base);
    model.put("begun", draft.base);
    model.put("etag", ConfigController.etag(now));
    compare(model, renewed.yaml);
  }

  private void compare(Map<String, @Nullable Object> model, String yaml) {
    model.put("diff", LineDiff.rows(SnapshotDocument.toYaml(changes.inForce().snapshot()), yaml));
  }

  private static List<Finding> findings(String yaml, List<Map<String, @Nullable Object>> problems) {
    YamlLines lines = YamlLines.of(yaml);
    return problems.stream()
        .map(
            each -> {
              String pointer = String.valueOf(each.get("pointer"));
              String message = String.valueOf(each.get("message"));
              return new Finding(pointer, message, lines.line(pointer, message));
            })
        .toList();
  }
}
